# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The base of every node of a cell: a lifecycle node whose callbacks cannot harm it, with a work loop."""

from __future__ import annotations

import gc
from typing import Final

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from smart_cell.nodes.entities import Entities
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process

_SHORTEST_PASS: Final = 0.001
_PAUSE_AFTER_ERROR: Final = 0.1


class CellNode(Entities, LifecycleNode):
    """A node of the cell.

    Subclasses override `setup`, `start`, `halt`, `work` and `permission_changed`, and make their topics, services and
    actions in `setup` with the methods of `Entities`. The part of a faulty node in the heartbeat stands still, so
    that the supervisor takes it for lost.

    Everything runs in the executor thread of the process; nothing here may block.
    """

    process: Process

    def __init__(self, process: Process, name: str) -> None:
        """Create the node, unconfigured, and add it to its process.

        Args:
            process: The runtime it lives in.
            name: Relative to the cell, such as `r1/robot`.
        """
        folder, _, base = name.rpartition("/")
        LifecycleNode.__init__(self, base, **process.node_arguments(folder))
        Entities.__init__(self, process)
        self._tear_down.append(self._state_machine.destroy_when_not_in_use)
        self._relative_name = name
        self._broken = ""
        self._configured = False
        self._active = False
        self._closed = False
        self._passes = 0
        process.add(self, self)

    @property
    def relative_name(self) -> str:
        """Name relative to the cell, such as `r1/robot`."""
        return self._relative_name

    @property
    def active(self) -> bool:
        """The node is in the lifecycle state active."""
        return self._active

    @property
    def required(self) -> bool:
        """Loss of the node stops the cell."""
        return self._relative_name in self.process.required

    @property
    def passes(self) -> int:
        """Passes of the work loop, and ticks without work, so far."""
        return self._passes

    @property
    def permission(self) -> Permission:
        """What the machines of this process may do now."""
        return self.process.permission

    # For subclasses to override.

    def setup(self) -> None:
        """Create logic and entities; called once, at configuration."""

    def start(self) -> None:
        """Begin to act; called at activation, before the first `work`."""

    def halt(self) -> None:
        """Stop what is going on, at once and in order; called at deactivation and shutdown."""

    def work(self, now: float) -> float | None:
        """Do one pass of the work loop; called while the node is active.

        Args:
            now: Process time [s since 1970].

        Returns:
            When the next pass is wanted [s since 1970]; None for not before `wake`.
        """
        return None

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """React to another permission at once; a pass of `work` follows in any case. Not called before `setup`."""

    def is_at_work(self) -> bool:
        """Tell whether the node is active."""
        return self._active

    def wake(self) -> None:
        """Ask for a pass of `work` as soon as the callback under way has ended."""
        if self._active:
            self.process.schedule.set_by(self._pass, self.steady())

    # Lifecycle transitions.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `setup`. After a failure only a new process helps: what `setup` made so far cannot be destroyed."""
        if self._broken:
            self.get_logger().error(self._broken)
            return TransitionCallbackReturn.FAILURE
        try:
            self.setup()
        except Exception as error:
            self.report_error("configuration")
            self._broken = f"{self.relative_name} could not be configured: {error!r}; its process has to start again"
            self.withdraw(self._broken)
            return TransitionCallbackReturn.FAILURE
        self._configured = True
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `start` and the first pass of `work` after it."""
        try:
            self.start()
        except Exception:
            self.report_error("activation")
            self._halt()
            return TransitionCallbackReturn.FAILURE
        self._active = True
        self.wake()
        # what exists by now stays: the garbage collector need not look at it again, which takes tens of milliseconds
        gc.freeze()
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `halt`; the work loop rests."""
        self._halt()
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Refuse: entities last as long as their process; deactivate, or start the process again."""
        self.get_logger().error("cleanup is not offered: deactivate the node, or start its process again")
        return TransitionCallbackReturn.FAILURE

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run `halt` if the node was active."""
        self._closed = True
        if self._active:
            self._halt()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop for good; only a new process helps."""
        self._halt()
        self.withdraw(f"{self.relative_name} has failed; its process has to start again")
        return TransitionCallbackReturn.FAILURE

    def _halt(self) -> None:
        self._active = False
        self.process.forget(self._pass)
        try:
            self.halt()
        except Exception:
            self.report_error("halt")

    # Called by the process.

    def tick(self) -> None:
        """Count a sign of life; a faulty node gives none."""
        if not self.faulty:
            self._passes += 1

    def hear_permission(self, old: Permission, new: Permission) -> None:
        """Pass on another permission of the process."""
        if self._configured:
            self.guarded(self.permission_changed)(old, new)
            self.wake()

    def shut_down(self) -> None:
        """Stop what the node does, for good."""
        if not self._closed:
            self.trigger_shutdown()

    def _pass(self) -> None:
        """Do one pass of the work loop and note when the next one is due."""
        if not self._active:
            return
        self._passes += not self.faulty
        try:
            due = self.work(self.now())
        except Exception:
            self.report_error("work")
            due = self.now() + _PAUSE_AFTER_ERROR
        if due is not None and self._active:
            soonest = self.steady() + _SHORTEST_PASS
            self.process.schedule.set_by(self._pass, max(self.process.clock.steady_at(due), soonest))
