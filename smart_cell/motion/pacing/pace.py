# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A trajectory run at a varying rate: stops, resumes and speed overrides that never leave the programmed path.

The path is a trajectory as programmed, its time is called path time. At time t after a pace began the arm is where the
path has it at path time theta(t); the rate d theta / dt is 1 where it runs as programmed, 0 where it rests. What slows
or stops an arm changes this rate and nothing else.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.pacing.ramp import DIGITS, SHORTEST_STEP, FloatArray, Progress, Ramp, RampPlanner, corners
from smart_cell.motion.trajectory import Trajectory

STOP_FACTOR = 1.5
"""How much harder than in a planned move the arm may brake in a stop: acceleration and jerk times this. An assumption:
makers rate the acceleration for the worst load and pose, and friction helps to brake."""

HIGHEST_RATE = 0.99
"""Rate at which a ramp ends that is to lead to 1. Where the path takes all of a joint's jerk or acceleration there is
no room left to come up to 1."""

STRENGTHS = (0.95, 0.87, 0.75, 0.55, 0.35, 0.15, 0.05)
"""Shares of the room within the limits that are tried for a ramp, one after the other until the limits are kept."""

NEAR_END = 1e-4
"""Closer to its end than this [s], a path counts as run."""

_TOLERANCE = 1e-6
_WAITS = 3
_WORST_STOP = 1.25


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """A path and how it is run; between two of the steps the change of the rate is linear in time."""

    path: Trajectory
    """The programmed motion."""
    trajectory: Trajectory
    """What the arm is to run, from time 0; its points are the steps, so that the splines between them are the path to
    within 1e-6 rad."""
    times: FloatArray
    """Of the steps, from 0 [s]."""
    path_times: FloatArray
    """[s]"""
    rates: FloatArray
    changes: FloatArray
    """[1/s]"""

    @property
    def duration(self) -> float:
        """Time to the end [s]."""
        return float(self.times[-1])

    @property
    def end(self) -> float:
        """Path time at which it ends [s]: that of the path's end, or where a stop comes to rest."""
        return float(self.path_times[-1])

    def at(self, time: float) -> Progress:
        """Return path time, rate and change at `time` [s]; before the start and after the end it rests."""
        if time >= self.times[-1]:
            return Progress(self.end, 0.0)
        if time < 0.0:
            return Progress(float(self.path_times[0]), 0.0)
        index = int(np.searchsorted(self.times, time, side="right")) - 1
        t = time - float(self.times[index])
        rate, change = float(self.rates[index]), float(self.changes[index])
        slope = (float(self.changes[index + 1]) - change) / float(self.times[index + 1] - self.times[index])
        path_time = float(self.path_times[index]) + t * (rate + t * (0.5 * change + t * slope / 6.0))
        return Progress(
            min(path_time, float(self.path_times[index + 1])),
            rate + t * (change + 0.5 * t * slope),
            change + t * slope,
        )


def run_at(path: Trajectory, rate: float = 1.0) -> Pace:
    """Return a whole path run at one rate.

    Args:
        path: The programmed motion, from rest to rest.
        rate: Above 0 and up to 1; the run takes 1 / rate as long as programmed.

    Raises:
        MotionError: The rate is out of range.
    """
    _check(rate)
    start = path.start
    if rate == 1.0 and start == 0.0:
        return Pace(path, path, path.times, path.times, np.ones_like(path.times), np.zeros_like(path.times))
    return _paced(path, Ramp([0.0], [start], [rate], [0.0]))


def plan_stop(pace: Pace, time: float, model: ArmModel, *, factor: float = STOP_FACTOR) -> Pace:
    """Return the fastest stop along the path.

    Args:
        pace: What the arm runs; it may be a change of rate, or a stop itself.
        time: Time of the pace [s] at which the stop begins. Choose it as much later than now as it takes to get the
            stop to the arm, and shift the stop by that time.
        model: The arm.
        factor: Braking may take the arm's acceleration and jerk times this, at least 1.

    Returns:
        The stop, whose first point is the state at `time`. Where the path ends sooner than the arm can stop, it ends at
        the path's end.

    Raises:
        MotionError: The arm cannot brake on this path, for example because the path has a corner.
    """
    state = pace.at(time)
    ramp, share = _strongest(pace.path, state, 0.0, model, factor)
    if ramp is None or share > _WORST_STOP:
        raise MotionError(f"{model.name} cannot stop on its path from path time {state.path_time:.3f} s on")
    return _paced(pace.path, ramp)


def plan_rate(pace: Pace, time: float, rate: float, model: ArmModel) -> Pace:
    """Return the rest of a path at another rate, which is reached as fast as the arm's limits allow.

    Args:
        pace: What the arm runs.
        time: Time of the pace [s] at which the change begins; see `plan_stop`.
        rate: Above 0 and up to 1. Where the arm already brakes as hard as it may, it cannot slow down further: then the
            old rate lasts until there is room.
        model: The arm.

    Raises:
        MotionError: The rate is out of range.
    """
    _check(rate)
    goal = min(rate, HIGHEST_RATE)
    path = pace.path
    ramp, share = _strongest(path, pace.at(time), goal, model, 1.0)
    if ramp is not None and share <= 1.0 + _TOLERANCE:
        return _paced(path, ramp)
    # What is under way, or an acceleration that ends, may leave no room: then first that comes to its end.
    first = _rest(pace, time)
    for place in (first.path_times[-1], *corners(path, first.path_times[-1], np.array(model.jerk))[:_WAITS]):
        first = _until(first, place)
        ramp, share = _strongest(path, Progress(first.path_times[-1], first.rates[-1]), goal, model, 1.0)
        if ramp is not None and share <= 1.0 + _TOLERANCE:
            return _paced(path, _joined(first, ramp))
    return _paced(path, _rest(pace, time))


def plan_resume(path: Trajectory, path_time: float, rate: float, model: ArmModel) -> Pace:
    """Return the rest of a path, from rest at `path_time` [s] to its end.

    Args:
        path: The programmed motion.
        path_time: Where the arm rests, as `Pace.end` of its stop says.
        rate: Rate to come up to, above 0 and up to 1.
        model: The arm, whose accelerations and jerks are kept.

    Raises:
        MotionError: The rate is out of range, or the path cannot be run from there.
    """
    _check(rate)
    start = min(max(path_time, path.start), path.duration)
    ramp, _ = _strongest(path, Progress(start, 0.0), min(rate, HIGHEST_RATE), model, 1.0)
    if ramp is None:
        raise MotionError(f"no way to go on from path time {start:.3f} s keeps the limits of {model.name}")
    return _paced(path, ramp)


def _check(rate: float) -> None:
    if not 0.0 < rate <= 1.0:
        raise MotionError(f"rate {rate} is out of range, must be above 0 and at most 1")


def _strongest(
    path: Trajectory, start: Progress, rate: float, model: ArmModel, factor: float
) -> tuple[Ramp | None, float]:
    """Return the strongest ramp to `rate` that keeps the limits, and the largest share of a limit that a joint takes.

    Where no ramp keeps the limits, it is the one that breaks them least; where none leads to the rate, it is None.
    """
    if start.path_time >= path.duration - NEAR_END:
        return Ramp([0.0], [path.duration], [0.0], [0.0]), 0.0
    if start.rate == rate and start.change == 0.0:
        return Ramp([0.0], [start.path_time], [rate], [0.0]), 0.0
    planner = RampPlanner(path, start, rate, factor * np.array(model.acceleration), factor * np.array(model.jerk))
    rising = rate > start.rate
    attempts = [(strength, True) for strength in STRENGTHS]
    if rising:
        attempts = [(strength, False) for strength in STRENGTHS[:2]] + attempts
    directions = [rising]
    if start.change * (rate - start.rate) > 0.0:
        # The change that is under way may lead beyond the rate, so that it has to be come back to.
        directions.append(not rising)
    best, least = None, math.inf
    for direction, (strength, cautious) in itertools.product(directions, attempts):
        if best is not None and direction is not rising:
            break
        ramp = planner.plan(strength, rising=direction, cautious=cautious)
        if ramp is None:
            continue
        share = _share(_paced(path, ramp).trajectory, planner.acceleration, planner.jerk)
        if share < least:
            best, least = ramp, share
        if share <= 1.0 + _TOLERANCE:
            break
    return best, least


def _rest(pace: Pace, time: float) -> Ramp:
    """Return what is left of a pace at `time` [s], until its rate changes no more."""
    last = int(np.flatnonzero(pace.changes)[-1]) + 1 if pace.changes.any() else 0
    later = [float(t) - time for t in pace.times[: last + 1] if t > time + SHORTEST_STEP]
    times = [0.0, *(round(t, DIGITS) for t in later)]
    states = [pace.at(time + t) for t in times]
    return Ramp(times, [s.path_time for s in states], [s.rate for s in states], [s.change for s in states])


def _until(ramp: Ramp, place: float) -> Ramp:
    """Return a ramp that goes on at the rate at which it ends, until path time `place` [s]."""
    here, rate = ramp.path_times[-1], ramp.rates[-1]
    step = round((place - here) / rate, DIGITS) if rate > 0.0 else 0.0
    if step < SHORTEST_STEP:
        return ramp
    return _joined(ramp, Ramp([0.0, step], [here, here + rate * step], [rate, rate], [0.0, 0.0]))


def _joined(first: Ramp, second: Ramp) -> Ramp:
    """Return one ramp after the other."""
    end = first.times[-1]
    return Ramp(
        first.times + [round(end + time, DIGITS) for time in second.times[1:]],
        first.path_times + second.path_times[1:],
        first.rates + second.rates[1:],
        first.changes + second.changes[1:],
    )


def _share(trajectory: Trajectory, acceleration: FloatArray, jerk: FloatArray) -> float:
    """Return the largest share of its limit of acceleration or jerk that any joint takes, between points too."""
    peaks = trajectory.peaks()
    return float(max((peaks.acceleration / acceleration).max(), (peaks.jerk / jerk).max()))


def _paced(path: Trajectory, ramp: Ramp) -> Pace:
    """Return the pace of a ramp, which goes on at the rate at which the ramp ends."""
    times, path_times = np.array(ramp.times), np.array(ramp.path_times)
    rates, changes = np.array(ramp.rates), np.array(ramp.changes)
    rate, here = ramp.rates[-1], ramp.path_times[-1]
    if path.duration - here <= rate * SHORTEST_STEP:
        path_times[-1] = path.duration
    elif rate > 0.0:
        later = path.times[path.times > here + rate * SHORTEST_STEP]
        tail = np.round(ramp.times[-1] + (later - here) / rate, DIGITS)
        reached = here + rate * (tail - ramp.times[-1])
        reached[-1] = path.duration
        times, path_times = np.concatenate([times, tail]), np.concatenate([path_times, reached])
        rates = np.concatenate([rates, np.full(len(tail), rate)])
        changes = np.concatenate([changes, np.zeros(len(tail))])
    state = path.sample_many(path_times)
    rate_column, change_column = rates[:, np.newaxis], changes[:, np.newaxis]
    trajectory = Trajectory(
        times,
        state.position,
        state.velocity * rate_column,
        state.acceleration * rate_column**2 + state.velocity * change_column,
    )
    return Pace(path, trajectory, times, path_times, rates, changes)
