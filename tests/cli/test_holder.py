"""What a second process is told about the one that holds the workspace."""

from __future__ import annotations

import pytest

from dangol.cli.workspace import command_line


@pytest.mark.parametrize("before", [[], ["--lang", "ko"], ["--lang=ko"]])
def test_holder_is_named_by_its_command_and_no_argument(monkeypatch: pytest.MonkeyPatch, before: list[str]) -> None:
    monkeypatch.setattr("sys.argv", ["dangol", *before, "erase", "C1"])
    assert command_line() == "dangol erase"
