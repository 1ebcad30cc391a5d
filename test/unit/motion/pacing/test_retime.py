# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from motion_checks import assert_keeps_limits, dense_times, joints_within, speed_of, tool_points
from numpy.typing import ArrayLike

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.jacobian import jacobian_many
from smart_cell.motion.limits import T1_SPEED, CartesianLimits
from smart_cell.motion.moves.profile import SCurve, rest_to_rest
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.pacing.retime import Course, retime
from smart_cell.motion.trajectory import FloatArray, State, Trajectory

KR210 = arm_model("kr210_r2700_2")
names = st.sampled_from(sorted(arm_models()))
fractions = st.tuples(*[st.floats(0.2, 0.8)] * 6)
ways = st.tuples(*[st.floats(-0.6, 0.6)] * 6)
TOOL = Pose((0.2, 0.0, 0.5))


@dataclass(frozen=True)
class Sum:
    """Two point-to-point moves, the second of which begins before the first one has ended."""

    first: Trajectory
    second: Trajectory
    begin: float

    @property
    def duration(self) -> float:
        return self.begin + self.second.duration

    @property
    def knots(self) -> FloatArray:
        return np.concatenate([self.first.times, self.begin + self.second.times])

    def sample_many(self, times: ArrayLike) -> State:
        a, b = self.first.sample_many(times), self.second.sample_many(np.asarray(times) - self.begin)
        return State(
            a.position + b.position - self.second.positions[0], a.velocity + b.velocity, a.acceleration + b.acceleration
        )


@dataclass(frozen=True)
class PastSingularity:
    """A4 and A6 turn half round against each other while A1 moves evenly, as next to a wrist singularity."""

    distance: float
    profile: SCurve = field(default_factory=lambda: rest_to_rest(1.0, 2.25, 22.5))

    @property
    def duration(self) -> float:
        return self.profile.duration

    def sample_many(self, times: ArrayLike) -> State:
        s, ds, dds = self.profile.sample(np.atleast_1d(np.asarray(times, dtype=float)))
        x, d = s - 0.5, self.distance
        rate, bend = d / (x * x + d * d), -2.0 * x * d / (x * x + d * d) ** 2
        turn = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0, 0.0, -1.0])
        return State(
            np.array(HOME) + np.outer(x, turn[0]) + np.outer(self.angle(x), turn[1]),
            np.outer(ds, turn[0]) + np.outer(rate * ds, turn[1]),
            np.outer(dds, turn[0]) + np.outer(rate * dds + bend * ds**2, turn[1]),
        )

    def angle(self, x: FloatArray) -> FloatArray:
        angle: FloatArray = np.arctan(x / self.distance)
        return angle

    def deviation(self, joints: FloatArray) -> float:
        """Return how far A4 and A6 are from where they must be for A1 [rad]."""
        x = (joints[:, 0] - HOME[0]) / 0.5
        return float(np.abs(np.stack([joints[:, 3], -joints[:, 5]]) - self.angle(x)).max())


def distance_to_path(course: Course, joints: FloatArray, looks: int = 20_001) -> float:
    """Return how far joint positions are from the path of a course at most [rad]."""
    path = course.sample_many(np.linspace(0.0, course.duration, looks)).position
    worst = 0.0
    for here in joints:
        nearest = int(((path - here) ** 2).sum(axis=1).argmin())
        distances = []
        for a, b in ((nearest - 1, nearest), (nearest, nearest + 1)):
            if a >= 0 and b < looks:
                way = path[b] - path[a]
                share = np.clip((here - path[a]) @ way / max(float(way @ way), 1e-300), 0.0, 1.0)
                distances.append(float(np.linalg.norm(path[a] + share * way - here)))
        worst = max(worst, min(distances))
    return worst


def sum_of(model: ArmModel, first: tuple[float, ...], ways: list[tuple[float, ...]], share: float) -> Sum:
    """Return moves that overlap for a share of the shorter one."""
    start = np.array(joints_within(model, first))
    via = np.clip(start + ways[0], model.lower, model.upper)
    end = np.clip(via + ways[1], model.lower, model.upper)
    legs = plan_ptp(model, start.tolist(), via.tolist()), plan_ptp(model, via.tolist(), end.tolist())
    assume(all(leg.duration > 0.1 for leg in legs))
    return Sum(legs[0], legs[1], legs[0].duration - share * min(leg.duration for leg in legs))


@given(
    names,
    fractions,
    st.lists(ways, min_size=2, max_size=2),
    st.floats(0.0, 0.5),
    st.sampled_from([0.004, 0.025, 0.05]),
    st.sampled_from([0.3, 1.0]),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_keeps_all_limits_on_the_path(
    name: str,
    first: tuple[float, ...],
    ways: list[tuple[float, ...]],
    share: float,
    period: float,
    override: float,
    knows_knots: bool,
) -> None:
    model = arm_model(name)
    course = sum_of(model, first, ways, share)
    knots = course.knots if knows_knots else ()
    looks = course.sample_many(np.linspace(0.0, course.duration, 400)).position
    # the corner of two moves may lead out of the limits of a joint
    assume(bool(((looks >= model.lower) & (looks <= model.upper)).all()))
    slowed = retime(course, model, override=override, period=period, knots=knots)
    assert_keeps_limits(model, slowed, override)
    assert (np.diff(slowed.times) > 0.0).all()
    assert slowed.times[0] == 0.0
    for ends in (slowed.velocities, slowed.accelerations):
        assert np.abs(ends[[0, -1]]).max() == 0.0
    np.testing.assert_allclose(slowed.positions[0], course.first.positions[0], atol=1e-12)
    assert slowed.positions[-1].tolist() == course.sample_many([course.duration]).position[0].tolist()
    assert slowed.duration * override >= course.duration - 1e-9
    assert np.diff(slowed.times).max() <= 1.5 * period
    joints = slowed.sample_many(dense_times(slowed, 4)).position
    # without the knots splines of 50 ms would run across jumps of the jerk
    tolerance = 1e-6 if knows_knots or period < 0.01 else 1e-4
    assert distance_to_path(course, joints[:: max(1, len(joints) // 60)]) <= tolerance


@given(names, fractions, st.lists(ways, min_size=2, max_size=2), st.floats(0.02, 0.5))
@settings(max_examples=20, deadline=None)
def test_slowing_down_where_needed_beats_slowing_down_the_whole(
    name: str, first: tuple[float, ...], ways: list[tuple[float, ...]], share: float
) -> None:
    model = arm_model(name)
    course = sum_of(model, first, ways, share)
    looks = np.linspace(0.0, course.duration, 4001)
    state = course.sample_many(looks)
    jerk = np.abs(np.diff(state.acceleration, axis=0)).max(axis=0) / (looks[1] - looks[0])
    whole = max(
        1.0,
        float((np.abs(state.velocity).max(axis=0) / model.velocity).max()),
        float((np.abs(state.acceleration).max(axis=0) / model.acceleration).max()) ** 0.5,
        float((jerk / model.jerk).max()) ** (1.0 / 3.0),
    )
    lower, upper = np.array(model.lower) - 1e-9, np.array(model.upper) + 1e-9
    assume(bool(((state.position >= lower) & (state.position <= upper)).all()))
    assert retime(course, model, knots=course.knots).duration <= 1.03 * whole * course.duration


def test_course_within_the_limits_is_only_sampled() -> None:
    course = plan_ptp(KR210, HOME, (1.0, *HOME[1:]))
    same = retime(course, KR210, period=0.02, knots=course.times)
    assert same.duration == pytest.approx(course.duration, rel=1e-5)
    np.testing.assert_allclose(same.positions, course.sample_many(same.times).position, atol=1e-4)
    reduced = retime(course, KR210, period=0.004, knots=course.times, override=0.5)
    assert reduced.duration == pytest.approx(2.0 * course.duration, rel=1e-5)


def test_points_are_at_multiples_of_the_period() -> None:
    course = PastSingularity(0.2)
    for period in (0.004, 0.025):
        times = retime(course, KR210, period=period).times
        np.testing.assert_allclose(times[:-1], period * np.arange(len(times) - 1), atol=2e-9)
        assert 0.1 * period - 1e-6 <= times[-1] - times[-2] <= 1.1 * period + 1e-6


def test_knots_become_points() -> None:
    course = plan_ptp(KR210, HOME, (1.0, *HOME[1:]))
    times = retime(course, KR210, period=0.03, knots=course.times).times
    assert all(np.abs(times - knot).min() < 1e-4 for knot in course.times)


@pytest.mark.parametrize("distance", [0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4])
def test_slows_down_only_next_to_a_singularity(distance: float) -> None:
    course = PastSingularity(distance)
    slowed = retime(course, KR210, period=0.02, knots=course.profile.knots())
    assert_keeps_limits(KR210, slowed)
    assert course.deviation(slowed.sample_many(dense_times(slowed)).position) <= 1e-6
    half_turn = plan_ptp(KR210, HOME, (0.0, *HOME[1:3], 0.0, 0.0, np.pi)).duration
    # A1 runs as fast as it did but for the time that A6 takes to turn half round.
    assert slowed.duration <= course.duration + (1.0 if distance >= 0.01 else 4.0) * half_turn


@given(st.floats(-7.0, 0.0), st.sampled_from([0.004, 0.025]), names)
@settings(max_examples=20, deadline=None)
def test_any_singularity_is_passed_within_limits_or_refused(exponent: float, period: float, name: str) -> None:
    model = arm_model(name)
    course = PastSingularity(10.0**exponent)
    try:
        slowed = retime(course, model, period=period)
    except MotionError:
        assert course.distance < 1e-3
        return
    assert_keeps_limits(model, slowed)
    # A4 turns up to a million times as far as A1, which tells here where on the path the arm is.
    tolerance = 1e-6 if period < 0.01 else 1e-4
    assert course.deviation(slowed.sample_many(dense_times(slowed, 2)).position) <= tolerance


def test_jump_is_refused_with_where_and_what() -> None:
    class Jump(PastSingularity):
        def angle(self, x: FloatArray) -> FloatArray:
            return np.where(x > 0.1, 1.5, -1.5)

    course = Jump(1e9)
    times = np.linspace(0.0, course.duration, 1001, dtype=np.float64)
    at = float(np.interp(0.6, course.profile.sample(times)[0], times))
    with pytest.raises(MotionError, match=r"joint_[46] would turn from -?1\.5000 to -?1\.5000 rad") as refused:
        retime(course, KR210)
    said = float(str(refused.value).split(" at ")[1].split(" s")[0])
    assert said == pytest.approx(at, abs=0.02)


@given(
    names,
    fractions,
    st.lists(ways, min_size=2, max_size=2),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([None, TOOL]),
    st.sampled_from([0.5, 1.0]),
)
@settings(max_examples=15, deadline=None)
def test_tool_speed_holds_for_tool_point_and_flange(
    name: str, first: tuple[float, ...], ways: list[tuple[float, ...]], share: float, tool: Pose | None, override: float
) -> None:
    model = arm_model(name)
    course = sum_of(model, first, ways, share)
    slowed = retime(course, model, tool=tool, tool_speed=T1_SPEED, override=override, knots=course.knots)
    assert_keeps_limits(model, slowed, override)
    times = dense_times(slowed)
    joints = slowed.sample_many(times).position
    for point in {None, tool}:
        speeds = speed_of(tool_points(model, joints, point or Pose((0.0, 0.0, 0.0))), times)
        assert speeds.max() <= T1_SPEED * override * (1.0 + 2e-3)
    assert distance_to_path(course, joints[:: len(joints) // 50]) <= 1e-6


def test_tool_limits_hold() -> None:
    limits = CartesianLimits(velocity=0.4, acceleration=0.8, jerk=6.0, angular_velocity=0.4, angular_acceleration=0.9)
    first = plan_ptp(KR210, HOME, (0.6, -1.3, 1.4, 0.4, 0.5, -0.3))
    second = plan_ptp(KR210, (0.6, -1.3, 1.4, 0.4, 0.5, -0.3), (0.2, -1.6, 1.7, 0.0, 0.9, 0.4))
    course = Sum(first, second, first.duration - 0.5)
    slowed = retime(course, KR210, tool=TOOL, tool_limits=limits, knots=course.knots, period=0.01)
    assert_keeps_limits(KR210, slowed)
    step = 0.002
    state = slowed.sample_many(np.arange(0.0, slowed.duration, step))
    twists = (jacobian_many(KR210, state.position, TOOL) @ state.velocity[:, :, np.newaxis])[:, :, 0]
    peaks = []
    for _ in range(3):
        peaks.append((np.linalg.norm(twists[:, :3], axis=1).max(), np.linalg.norm(twists[:, 3:], axis=1).max()))
        twists = np.diff(twists, axis=0) / step
    wanted = (
        (limits.velocity, limits.angular_velocity),
        (limits.acceleration, limits.angular_acceleration),
        (limits.jerk, limits.angular_jerk),
    )
    shares = np.array(peaks) / np.array(wanted)
    assert shares.max() <= 1.02
    assert shares.max() >= 0.95


def test_rest_stays_a_single_point() -> None:
    rest = retime(plan_ptp(KR210, HOME, HOME), KR210)
    assert rest.times.tolist() == [0.0]
    assert rest.positions.tolist() == [list(HOME)]


def test_leaving_the_joint_limits_is_refused() -> None:
    far = arm_model("kr210_r3100_2")
    course = plan_ptp(far, HOME, (0.0, -0.1, 0.0, 0.0, 0.0, 0.0))
    narrow = KR210.with_jerk_time(0.1)
    beyond = Trajectory(course.times, course.positions + 2.0, course.velocities, course.accelerations)
    with pytest.raises(MotionError, match=r"cannot follow the motion: at 0\.\d+ s joint_2 at .* is above its limit"):
        retime(beyond, narrow)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"override": 0.0}, "override 0.0"),
        ({"override": 1.5}, "override 1.5"),
        ({"tool_speed": 0.0}, "tool speed 0.0 m/s"),
        ({"period": 0.0}, "period 0.0 s"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, float], text: str) -> None:
    with pytest.raises(MotionError, match=text):
        retime(plan_ptp(KR210, HOME, (1.0, *HOME[1:])), KR210, **arguments)  # type: ignore[arg-type]


def test_motion_without_numbers_is_refused() -> None:
    class Broken(PastSingularity):
        def sample_many(self, times: ArrayLike) -> State:
            state = super().sample_many(times)
            state.velocity[len(state.velocity) // 2 :] = np.nan
            return state

    with pytest.raises(MotionError, match="no finite velocity"):
        retime(Broken(0.3), KR210)
