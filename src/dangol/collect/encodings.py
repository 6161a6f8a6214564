"""Which encoding a text file is in, from all of its bytes, not from a guess about the first few."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from dangol.collect.contents import lines, too_long
from dangol.collect.limits import Limits

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HANGUL_UTF8 = re.compile(rb"[\xe1-\xed][\x80-\xbf]{2}")
_BLANKS = (b"\t", b"\xc2\xa0", b"\xe3\x80\x80")
"""White space that is not a plain space. Its first bytes are rare (no Hangul has them), so that they are looked for first."""
MIXED = "utf-8+cp949"


@dataclass(frozen=True, slots=True)
class Found:
    """`encoding` is a Python codec, or `MIXED` when lines differ; `plain` when it is UTF-8 without NUL bytes; `blanks` when it
    has white space that is not a plain space."""

    encoding: str
    plain: bool
    size: int
    blanks: bool = False


def find(pieces: Iterable[bytes], limits: Limits, name: str) -> Found:
    """Read everything once. A byte order mark decides; else valid UTF-8 is UTF-8; else lines are weighed one by one.

    A file whose lines are valid CP949 and never Hangul in UTF-8 is CP949 as a whole ("책" in CP949 is also "å" in UTF-8);
    when both occur it is mixed, and each line is read as UTF-8 if it can be, else as CP949.
    """
    rest = b""
    source = iter(pieces)
    size, unbroken, nul, blanks = 0, 0, False, False
    first = next(source, b"")
    for bom, encoding in _BOMS:
        if first.startswith(bom) and encoding == "utf-16":
            return Found(encoding, False, _drain(source, len(first)))
    if wide := _wide(first):
        return Found(wide, False, _drain(source, len(first)))
    encoding = "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    for piece in _chain(first, source):
        size += len(piece)
        nul = nul or b"\0" in piece
        blanks = blanks or any(mark[:1] in piece and mark in piece for mark in _BLANKS)
        unbroken = len(piece) - piece.rfind(b"\n") - 1 + (0 if b"\n" in piece else unbroken)
        if unbroken > limits.line:
            raise too_long(limits, name)
        whole, rest = _whole(rest + piece)
        if not _utf8(whole):
            return Found("", False, 0)
    if not _utf8(rest):
        return Found("", False, 0)
    return Found(encoding, not nul, size, blanks)


def weigh(pieces: Iterable[bytes], limits: Limits, name: str) -> Found:
    """CP949 or mixed, for a file that is not UTF-8."""
    size, hangul_utf8 = 0, False
    for line in lines(pieces, limits, name):
        size += len(line)
        if not line.isascii() and _HANGUL_UTF8.search(line) and _valid(line, "utf-8"):
            hangul_utf8 = True
    return Found(MIXED if hangul_utf8 else "cp949", False, size)


def text_lines(pieces: Iterable[bytes], encoding: str, limits: Limits, name: str) -> Iterator[tuple[str, bool]]:
    """(line, readable) pairs. An unreadable line has its odd bytes written as ``\\xNN``."""
    if encoding == "utf-16" or encoding.startswith("utf-16-"):
        yield from _wide_lines(pieces, encoding, limits, name)
        return
    order = ("utf-8", "cp949") if encoding == MIXED else (encoding,)
    for number, line in enumerate(lines(pieces, limits, name)):
        if number == 0 and line.startswith(codecs.BOM_UTF8):
            line = line[3:]
        yield _decode(line, order)


def _decode(line: bytes, order: tuple[str, ...]) -> tuple[str, bool]:
    for encoding in order:
        try:
            return line.decode(encoding), True
        except UnicodeDecodeError:
            continue
    return line.decode("ascii", "backslashreplace"), False


def _wide_lines(pieces: Iterable[bytes], encoding: str, limits: Limits, name: str) -> Iterator[tuple[str, bool]]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + decoder.decode(piece)).split("\n")
        yield from ((line + "\n", "\ufffd" not in line) for line in whole)
        if len(rest) > limits.line:
            raise too_long(limits, name)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest, "\ufffd" not in rest


def _wide(first: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of ASCII text is zero."""
    head = first[:4096]
    if len(head) < 4:
        return None
    if head[1::2].count(0) > len(head) * 0.2 and head[0::2].count(0) < len(head) * 0.02:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) * 0.2 and head[1::2].count(0) < len(head) * 0.02:
        return "utf-16-be"
    return None


def _valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _whole(piece: bytes) -> tuple[bytes, bytes]:
    """A piece without the character that its end may cut, and the rest."""
    for back in range(1, min(4, len(piece)) + 1):
        byte = piece[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:  # a first byte: cut before it, whether its character is whole or not
            return piece[:-back], piece[-back:]
    return piece, b""


def _utf8(text: bytes) -> bool:
    """Whether this is UTF-8; Arrow looks at it three times as fast as a decoder does."""
    ends = pa.array([0, len(text)], pa.int32()).buffers()[1]
    try:
        pa.StringArray.from_buffers(1, ends, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _drain(source: Iterable[bytes], size: int) -> int:
    return size + sum(map(len, source))


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
