# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.core.ids."""

import pytest

from smart_cell.core.ids import SpotKey, body_id


def test_body_ids_have_six_digits_and_more_when_needed() -> None:
    assert [body_id(0), body_id(12), body_id(1_234_567)] == ["B000000", "B000012", "B1234567"]


def test_negative_body_number_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        body_id(-1)


def test_spot_key_prints_as_in_logs() -> None:
    assert str(SpotKey("B000012", "S017", 1)) == "B000012/S017#1"


def test_spot_keys_sort_by_body_spot_and_attempt() -> None:
    keys = [SpotKey("B2", "S1", 1), SpotKey("B1", "S2", 1), SpotKey("B1", "S1", 10), SpotKey("B1", "S1", 2)]
    assert [str(key) for key in sorted(keys)] == ["B1/S1#2", "B1/S1#10", "B1/S2#1", "B2/S1#1"]


def test_spot_key_is_a_dictionary_key() -> None:
    assert {SpotKey("B1", "S1", 1): "ok"}[SpotKey("B1", "S1", 1)] == "ok"
