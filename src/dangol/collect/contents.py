"""The bytes of a file: unpacked in pieces, watched for truncation and for bombs, and cut into lines."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from dangol.collect.limits import Limits
from dangol.schema import FileError, Text

CHUNK = 1 << 20


def plain_name(path: Path) -> str:
    """The file's name in NFC (a Mac hands Hangul over in pieces)."""
    return unicodedata.normalize("NFC", path.name)


def packing(path: Path) -> str:
    """``none``, ``gzip`` or ``zstd``, by the first bytes."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "zstd" if head == b"\x28\xb5\x2f\xfd" else "none"


def digest(path: Path) -> str:
    """SHA-256 of the file as it lies on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    """The unpacked content in pieces of at most 1 MiB. Raises `FileError` for a truncated file or a bomb."""
    packed = packing(path)
    if packed == "none":
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece
        return
    size, unpacked = path.stat().st_size, 0
    try:
        with pa.OSFile(str(path), "rb") as raw, pa.CompressedInputStream(raw, packed) as stream:
            while piece := stream.read(CHUNK):
                unpacked += len(piece)
                _watch(path, size, unpacked, limits)
                yield piece
    except (OSError, pa.ArrowInvalid) as error:
        raise FileError(
            Text(
                f"the {packed} file is damaged or was cut off after {unpacked:,} unpacked bytes",
                f"{packed} 파일이 깨졌거나 잘렸습니다. {unpacked:,}바이트까지만 풀렸습니다",
            ),
            where=plain_name(path),
            hint=Text(
                "copy or download it again; nothing of it was taken",
                "다시 복사하거나 내려받으세요. 이 파일에서는 아무것도 들여오지 않았습니다",
            ),
        ) from error


def _watch(path: Path, packed: int, unpacked: int, limits: Limits) -> None:
    if unpacked > limits.unpacked or (unpacked > limits.free and unpacked > packed * limits.ratio):
        raise FileError(
            Text(
                f"unpacks to more than {unpacked >> 20:,} MiB from {packed:,} bytes, which no export does",
                f"{packed:,}바이트가 {unpacked >> 20:,} MiB 넘게 풀립니다. 정상적인 내보내기 파일이 아닙니다",
            ),
            where=plain_name(path),
            hint=Text(
                "unpack it yourself and look at it; nothing of it was taken",
                "직접 풀어서 내용을 확인하세요. 이 파일에서는 아무것도 들여오지 않았습니다",
            ),
        )


def lines(pieces: Iterable[bytes], limits: Limits, name: str) -> Iterator[bytes]:
    """Lines with their ends. Raises `FileError` for one longer than the limit."""
    rest = b""
    for piece in pieces:
        if b"\n" not in piece:
            rest += piece
            _check_line(len(rest), limits, name)
            continue
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            _check_line(len(line), limits, name)
            yield line + b"\n"
        _check_line(len(rest), limits, name)
    if rest:
        yield rest


def _check_line(size: int, limits: Limits, name: str) -> None:
    if size > limits.line:
        raise too_long(limits, name)


def too_long(limits: Limits, name: str) -> FileError:
    return FileError(
        Text(f"has a row longer than {limits.line >> 20} MiB", f"{limits.line >> 20} MiB보다 긴 행이 있습니다"),
        where=name,
        hint=Text(
            "a line end or a closing quote is missing, or it is not a table; nothing of it was taken",
            "줄바꿈이나 닫는 따옴표가 빠졌거나 표가 아닙니다. 이 파일에서는 아무것도 들여오지 않았습니다",
        ),
    )
