"""One JSON document: an array of objects, or an object with such an array inside. Read as a stream, element by element."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

import ijson
import orjson

from dangol.collect.contents import CHUNK, too_long
from dangol.collect.jsonlines import flat
from dangol.collect.limits import Limits
from dangol.schema import FileError, Text

ARRAY = "item"
"""Where the elements of an array at the top are, in ijson's words."""


def is_document(head: bytes, name: str) -> bool:
    """Whether a file that begins so (without byte order mark and blanks) is one document, not a line per object.

    A single object on a single line is a document only when it wraps one list of objects, and is not called ``.jsonl``.
    """
    if head.startswith(b"["):
        return head[1:].lstrip()[:1] in (b"{", b"]")
    if not head.startswith(b"{") or {".jsonl", ".ndjson"} & set(PurePath(name.lower()).suffixes):
        return False
    line, _, rest = head.partition(b"\n")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _first_list([head]) is not None
    return not rest.strip() and _lists(value) == 1


def place(pieces: Iterable[bytes], encoding: str, limits: Limits, name: str) -> str:
    """Where the elements are, as ijson's prefix. Raises `FileError` for a document cut off, damaged, or with several lists."""
    found: str | None = None
    with _clear(name):
        for prefix, event, _ in ijson.parse(_Utf8(pieces, encoding, limits, name, watch=False)):
            if prefix == ARRAY:
                return ARRAY
            if event != "start_map" or not prefix.endswith(".item"):
                continue
            if found is None:
                found = prefix
            elif not f"{prefix}.".startswith(f"{found}."):
                raise FileError(
                    Text(
                        f"holds more than one list: {found[:-5]} and {prefix[:-5]}",
                        f"목록이 여러 개 들어 있습니다: {found[:-5]}, {prefix[:-5]}",
                    ),
                    where=name,
                    hint=Text("save each list as a file of its own", "목록마다 파일 하나로 저장하세요"),
                )
    if found is None:
        raise no_list(name)
    return found


def elements(
    pieces: Iterable[bytes], encoding: str, where: str, limits: Limits, name: str
) -> Iterator[tuple[int, dict[str, str | None] | None, str]]:
    """(number of the element from 1, flat object or null where it is none, its text). Raises `FileError` where it breaks off."""
    source = _Utf8(pieces, encoding, limits, name)
    with _clear(name):
        for number, value in enumerate(ijson.items(source, where, use_float=True), start=1):
            source.rest()
            if isinstance(value, dict):
                yield number, flat(value), ""
            else:
                yield number, None, orjson.dumps(value).decode()


def _lists(value: Any) -> int:
    """How many lists of objects an object holds, at any depth outside lists."""
    if isinstance(value, dict):
        return sum(map(_lists, value.values()))
    return int(isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _first_list(pieces: Iterable[bytes]) -> str | None:
    try:
        for prefix, event, _ in ijson.parse(_Utf8(pieces, "utf-8", Limits(), "", watch=False)):
            if event == "start_map" and prefix.endswith("item"):
                return str(prefix)
    except (ijson.JSONError, UnicodeDecodeError):
        pass
    return None


def no_list(name: str) -> FileError:
    return FileError(
        Text("has no list of objects in it", "안에 객체 목록이 없습니다"),
        where=name,
        hint=Text("[{…}, {…}], or one object per line", "[{…}, {…}] 형식이거나, 한 줄에 객체 하나여야 합니다"),
    )


class _clear:  # noqa: N801 - used like a function
    """ijson's errors as one clear word."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: Any) -> None:
        if isinstance(error, ijson.JSONError | UnicodeDecodeError):
            cut = isinstance(error, ijson.IncompleteJSONError) and "premature" in str(error).lower()
            what = Text("was cut off", "중간에 끊겼습니다") if cut else Text("is damaged", "깨졌습니다")
            raise FileError(
                Text(f"the JSON document {what.en}", f"JSON 문서가 {what.ko}"),
                where=self.name,
                hint=Text(
                    "export or download it again; nothing of it was taken",
                    "다시 내보내거나 내려받으세요. 이 파일에서는 아무것도 들여오지 않았습니다",
                ),
            ) from error


class _Utf8:
    """Pieces of bytes as a UTF-8 file for ijson, which refuses an element beyond the limit of a row."""

    def __init__(
        self, pieces: Iterable[bytes], encoding: str, limits: Limits, name: str, *, watch: bool = True
    ) -> None:
        self._pieces = iter(pieces)
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self._limit = limits.line + 2 * CHUNK if watch else None
        self._limits, self._name = limits, name
        self._left, self._since = b"", 0

    def rest(self) -> None:
        """An element is complete: count anew."""
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                self._left = b"" if self._decoder is None else self._decoder.decode(b"", final=True).encode()
                break
            self._left = piece if self._decoder is None else self._decoder.decode(piece).encode()
        out, self._left = (self._left[:size], self._left[size:]) if size > 0 else (self._left, b"")
        self._since += len(out)
        if self._limit is not None and self._since > self._limit:
            raise too_long(self._limits, self._name)
        return out
