# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a person's command may be carried out now, and if not, why not."""

from __future__ import annotations

from smart_cell.supervision.accounting import WAITS_FOR_PERSON
from smart_cell.supervision.events import Code, CommandRequest
from smart_cell.supervision.packml import COMMANDS, MODE_CHANGE, Command, Mode, State, allowed
from smart_cell.supervision.station import StationCycle
from smart_cell.supervision.view import CellView

FULL_SPEED = 100
"""Largest speed override [%]."""

_SETS_IN_MOTION = frozenset({Command.CLEAR, Command.RESET, Command.START, Command.UNHOLD, Command.UNSUSPEND})


def permit(
    request: CommandRequest, state: State, mode: Mode, epoch: int, view: CellView, station: StationCycle
) -> tuple[Code, str]:
    """Return the answer to a command and its reason in words; `OK` means that it is carried out.

    Args:
        request: What the person asks for.
        state: State of the cell.
        mode: Mode of the cell.
        epoch: Epoch of the supervisor.
        view: What is known of the devices.
        station: The body in the station.
    """
    if not request.request_id:
        return Code.INVALID, "a command needs a request_id"
    if request.epoch not in (0, epoch):
        return (
            Code.STALE_EPOCH,
            "meant for a supervisor that is no longer running; look at the cell and ask again",
        )
    if request.is_expired:
        return Code.EXPIRED, "its deadline had passed when it arrived"
    if request.command is Command.UNDEFINED and request.mode is Mode.INVALID and not request.speed_override:
        return Code.INVALID, "neither a command nor a mode nor a speed override"
    if not 0 <= request.speed_override <= FULL_SPEED:
        return Code.INVALID, f"speed override {request.speed_override} %: allowed is 1 to {FULL_SPEED} %"
    if request.mode is not Mode.INVALID and state not in MODE_CHANGE:
        names = ", ".join(sorted(s.title for s in MODE_CHANGE))
        return Code.WRONG_STATE, f"the mode can change in {names}; the cell is in {state.title}"
    if request.command is Command.UNDEFINED:
        changes = [f"mode {request.mode.title}"] if request.mode is not Mode.INVALID else []
        changes += [f"speed override {request.speed_override} %"] if request.speed_override else []
        return Code.OK, ", ".join(changes)
    if (state, request.command) not in COMMANDS:
        names = ", ".join(command.title for command in allowed(state)) or "none"
        return Code.WRONG_STATE, f"{request.command.title} is not allowed in {state.title}; allowed: {names}"
    wanted_mode = mode if request.mode is Mode.INVALID else request.mode
    if missing := tuple(_missing(request.command, wanted_mode, view, station)):
        return Code.REFUSED, f"{request.command.title} refused: {'; '.join(missing)}"
    return Code.OK, f"{state.title} -> {COMMANDS[state, request.command].title}"


def _missing(command: Command, mode: Mode, view: CellView, station: StationCycle) -> list[str]:
    """List what a command that sets machines in motion still needs."""
    if command not in _SETS_IN_MOTION:
        return []
    missing = [view.not_permitted] if view.not_permitted else []
    if command is not Command.CLEAR:
        missing += view.not_external
    if command is Command.START:
        if mode is not Mode.PRODUCTION:
            missing.append(f"the mode is {mode.title}, not Production")
        if station.is_finished:
            missing.append("no order is queued and no body is in the station")
    if command is Command.UNHOLD and station.body is not None:
        undecided = station.body.account.spots(*WAITS_FOR_PERSON)
        if undecided:
            missing.append(f"spots of body {station.body.name} wait for a decision: {', '.join(undecided)}")
    return missing
