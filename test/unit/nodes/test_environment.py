# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the environment must and must not say before ROS starts."""

from __future__ import annotations

import pytest

from smart_cell.nodes.environment import EnvironmentSettingError, domain_id, prepare_environment


def test_discovery_stays_on_this_machine_unless_the_user_says_otherwise() -> None:
    environ: dict[str, str] = {}
    prepare_environment(environ)
    assert environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    chosen = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", "FASTDDS_BUILTIN_TRANSPORTS": "SHM"}
    before = dict(chosen)
    prepare_environment(chosen)
    assert chosen == before


@pytest.mark.parametrize("strategy", [None, "Permissive", "enforce"])
def test_security_that_would_not_hold_is_refused(strategy: str | None) -> None:
    environ = {"ROS_SECURITY_ENABLE": "true"}
    if strategy is not None:
        environ["ROS_SECURITY_STRATEGY"] = strategy
    with pytest.raises(EnvironmentSettingError, match="Enforce"):
        prepare_environment(environ)


def test_enforced_security_is_accepted() -> None:
    prepare_environment({"ROS_SECURITY_ENABLE": "true", "ROS_SECURITY_STRATEGY": "Enforce"})
    prepare_environment({"ROS_SECURITY_ENABLE": "false"})


@pytest.mark.parametrize(("environ", "domain"), [({}, 0), ({"ROS_DOMAIN_ID": ""}, 0), ({"ROS_DOMAIN_ID": "42"}, 42)])
def test_domain_is_the_users_choice_or_0(environ: dict[str, str], domain: int) -> None:
    assert domain_id(environ) == domain


@pytest.mark.parametrize("text", ["-1", "233", "x", "1.5"])
def test_impossible_domain_is_refused(text: str) -> None:
    with pytest.raises(EnvironmentSettingError, match="from 0 to 232"):
        domain_id({"ROS_DOMAIN_ID": text})
