# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from smart_cell.supervision.watchdog import SILENCE_LIMIT, Beat, Loss, Watchdog

NODES = ("r1/robot", "g1")


class Rig:
    """A process that beats every 100 ms and a watchdog that looks every 50 ms."""

    def __init__(self) -> None:
        self.watchdog = Watchdog({"devices": NODES})
        self.steady = 100.0
        self.counter = 0
        self.losses: list[Loss] = []

    def beat(self, epoch: int = 1, hung: str = "", inactive: str = "") -> None:
        self.counter += 1
        nodes = {n: (0 if n == hung else self.counter, n != inactive) for n in NODES}
        loss = self.watchdog.hear(Beat("devices", epoch, 42, nodes))
        if loss is not None:
            self.losses.append(loss)

    def run(self, seconds: float, *, beats: bool = True, epoch: int = 1, hung: str = "", inactive: str = "") -> None:
        for step in range(round(seconds / 0.05)):
            if beats and step % 2 == 0:
                self.beat(epoch, hung, inactive)
            self.steady += 0.05
            self.losses += self.watchdog.tick(self.steady)


def test_before_the_first_beat_everything_is_missing_but_nothing_is_lost() -> None:
    rig = Rig()
    rig.run(5.0, beats=False)
    assert rig.losses == []
    assert rig.watchdog.missing == "process devices is not running"


def test_steady_beats_are_ready() -> None:
    rig = Rig()
    rig.run(5.0)
    assert rig.losses == []
    assert rig.watchdog.missing == ""


def test_silence_is_a_loss_once_and_in_time() -> None:
    rig = Rig()
    rig.run(1.0)
    died = rig.steady
    while not rig.losses:
        rig.run(0.05, beats=False)
    assert rig.steady - died <= SILENCE_LIMIT + 0.1
    assert rig.losses[0].nodes == NODES
    assert "pid 42" in rig.losses[0].cause
    rig.run(5.0, beats=False)
    assert len(rig.losses) == 1


def test_a_hung_work_loop_is_a_loss_though_the_process_beats() -> None:
    rig = Rig()
    rig.run(1.0)
    rig.run(1.0, hung="g1")
    assert [loss.nodes for loss in rig.losses] == [("g1",)]
    assert "stands still" in rig.losses[0].cause


def test_a_deactivated_node_is_a_loss() -> None:
    rig = Rig()
    rig.run(1.0)
    rig.run(0.2, inactive="r1/robot")
    assert [loss.nodes for loss in rig.losses] == [("r1/robot",)]


def test_a_quick_replacement_is_a_loss_though_it_was_never_silent() -> None:
    rig = Rig()
    rig.run(1.0)
    rig.run(1.0, epoch=2)
    assert ["replaced" in loss.cause for loss in rig.losses] == [True]
    assert rig.watchdog.missing == ""


def test_an_older_process_is_not_heard() -> None:
    rig = Rig()
    rig.run(1.0, epoch=2)
    rig.run(1.0, epoch=1)
    assert len(rig.losses) == 1
    assert "no heartbeat" in rig.losses[0].cause


def test_a_stall_of_the_whole_machine_blames_nobody() -> None:
    rig = Rig()
    rig.run(1.0)
    rig.steady += 10.0
    rig.losses += rig.watchdog.tick(rig.steady)
    rig.run(1.0)
    assert rig.losses == []
