# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest

from smart_cell.core.paths import ShareFolderMissingError, find_share_dir, share_dir


def test_share_dir_holds_the_arm_data() -> None:
    assert (share_dir() / "config" / "kuka_arms.json").is_file()


def test_a_source_tree_is_its_own_share_folder(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "package.xml").touch()
    assert find_share_dir(tmp_path / "smart_cell") == tmp_path


@pytest.mark.parametrize("libraries", ["lib/python3.12/site-packages", "local/lib/python3.12/dist-packages"])
def test_an_installation_has_it_under_share(tmp_path: Path, libraries: str) -> None:
    share = tmp_path / "share" / "smart_cell"
    (share / "config").mkdir(parents=True)
    assert find_share_dir(tmp_path / libraries / "smart_cell") == share


def test_a_missing_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ShareFolderMissingError, match="make setup"):
        find_share_dir(tmp_path / "lib" / "smart_cell")
