"""Files that are there wholly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dangol.engine import whole_file, write_whole


def test_the_new_file_or_the_old_one_and_who_may_read_it_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write_whole(file, "옛것")
    file.chmod(0o640)
    with pytest.raises(TypeError), whole_file(file) as out:
        out.writelines([b"half", "and no bytes"])  # type: ignore[list-item]
    assert (file.read_text(encoding="utf-8"), [f.name for f in tmp_path.iterdir()]) == ("옛것", ["a.yaml"])
    write_whole(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)
    with whole_file(file, mode=0o600) as out:
        out.write(b"mine")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"mine", 0o600)
