"""`read`: what a file is, before anything of it is taken."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dangol.collect import contents, delimited, encodings, header, jsondoc, jsonlines, sheets
from dangol.collect.limits import Limits
from dangol.schema import FileError, Text, system_says

SAMPLE = 50
Known = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class Reading:
    """A file, looked at and not yet taken.

    format      csv, jsonl, json, parquet, xlsx, xls, html or rows (given by `read_rows`)
    encoding    Python codec of a text format; ``utf-8+cp949`` when its lines differ; null otherwise
    header      names of the columns, NFC, distinct
    header_row  row of the file the header is in, from 1; 0 for formats without one
    skip        lines of a CSV above its first row
    where       where a JSON document has its objects
    digest      SHA-256 of the file on disk, the same for the same file under another name
    sample      first rows, column name → text
    blanks      cells may begin or end with white space that is not a plain space
    plain       the engine's own reader may read it (valid UTF-8 CSV, Parquet)
    """

    name: str
    format: str
    header: tuple[str, ...]
    digest: str
    sample: tuple[Mapping[str, str | None], ...]
    path: Path | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int = 1
    skip: int = 0
    where: str = ""
    packed: str = "none"
    size: int = 0
    plain: bool = False
    blanks: bool = False
    limits: Limits = field(default_factory=Limits)
    password: str | None = field(default=None, repr=False)
    rows: tuple[tuple[int, Mapping[str, str | None]], ...] = field(default=(), repr=False)

    def __repr__(self) -> str:  # the sample is personal data and stays out of logs
        return f"Reading({self.name!r}, {self.format}, {self.encoding}, {len(self.header)} columns)"


def read(
    path: Path | str,
    *,
    password: str | None = None,
    limits: Limits | None = None,
    encoding: str | None = None,
    known: Known | None = None,
) -> Reading:
    """Find format, encoding, delimiter and header of a file. Raises `FileError` with what to do.

    :param encoding: trust this codec and do not look (``latin-1``, say).
    :param known: whether a row is the header of a known export; by default, of a preset.
    """
    path, limits = Path(path), limits or Limits()
    name = contents.plain_name(path)
    if known is None:
        from dangol.collect.presets import recognise

        def known(row: Sequence[str]) -> bool:
            return recognise(row) is not None

    try:
        kind = _format(path, limits, name)
        size, packed = path.stat().st_size, contents.packing(path)
        with ThreadPoolExecutor(1) as beside:  # hashing lets other threads run
            digest = beside.submit(contents.digest, path)
            made = _MAKERS[kind](path, name, password, limits, encoding, known)
    except OSError as error:
        raise FileError(
            Text(f"cannot be read: {system_says(error).en}", f"읽을 수 없습니다: {system_says(error).ko}"),
            where=name,
            hint=Text("check the path and its permissions", "경로와 권한을 확인하세요"),
        ) from error
    return Reading(
        name=name,
        path=path,
        digest=digest.result(),
        size=size,
        packed=packed,
        limits=limits,
        password=password,
        **made,
    )


def read_rows(
    rows: Sequence[Mapping[str, object]], *, name: str = "replay", numbers: Sequence[int] | None = None
) -> Reading:
    """A reading of rows that are already here: quarantined ones, to be taken again with a mended mapping.

    A row's number in its file is its ``row`` key (made by `Taken.rejected`), or its place in `numbers`.
    """
    texts: list[tuple[int, Mapping[str, str | None]]] = []
    columns: dict[str, None] = {}
    for place, row in enumerate(rows):
        number = numbers[place] if numbers else int(str(row.get("row", place + 2)))
        cells = {k: sheets.cell_text(v) for k, v in row.items() if numbers or k != "row"}
        columns |= dict.fromkeys(cells)
        texts.append((number, cells))
    body = json.dumps([[n, c] for n, c in texts], ensure_ascii=False, sort_keys=True, default=str).encode()
    return Reading(
        name=name,
        format="rows",
        header=tuple(columns),
        digest=hashlib.sha256(body).hexdigest(),
        sample=tuple(c for _, c in texts[:SAMPLE]),
        header_row=0,
        rows=tuple(texts),
    )


# -- what it is ----------------------------------------------------------------------------------------------------------
def _format(path: Path, limits: Limits, name: str) -> str:
    if path.is_dir():
        raise FileError(
            Text("is a folder", "폴더입니다"),
            where=name,
            hint=Text("give its files one by one", "안에 있는 파일을 하나씩 주세요"),
        )
    with path.open("rb") as file:
        magic = file.read(8)
    if magic[:4] == b"PAR1":
        return "parquet"
    if magic == sheets.OLE:
        return "xlsx" if sheets.is_protected(path) else "xls"
    if magic[:4] == sheets.ZIP:
        return "xlsx"
    head = next(contents.chunks(path, limits), b"")[:65_536]
    if not head.strip():
        raise FileError(Text("is empty", "비어 있습니다"), where=name, hint=Text("export it again", "다시 내보내세요"))
    if head[:4] in (sheets.ZIP, b"PAR1") or head[:5] == b"%PDF-" or head[:8] == sheets.OLE:
        raise FileError(
            Text("is not a table dangol reads as it is", "dangol이 바로 읽을 수 있는 표가 아닙니다"),
            where=name,
            hint=Text("unpack it, or export CSV or XLSX", "압축을 풀거나 CSV 또는 XLSX로 내보내세요"),
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<") and any(mark in text.lower() for mark in (b"<table", b"<html", b"<!doctype")):
        return "html"
    if jsondoc.is_document(text, name):
        return "json"
    return "jsonl" if text.startswith(b"{") else "csv"


def _encoding(path: Path, limits: Limits, name: str, given: str | None) -> encodings.Found:
    if given:
        return encodings.Found(given, given.lower() in ("utf-8", "utf8") and False, 0)
    found = encodings.find(contents.chunks(path, limits), limits, name)
    return found if found.encoding else encodings.weigh(contents.chunks(path, limits), limits, name)


def _csv(path: Path, name: str, _: str | None, limits: Limits, given: str | None, known: Known) -> dict[str, Any]:
    found = _encoding(path, limits, name, given)
    lines = encodings.text_lines(contents.chunks(path, limits), found.encoding, limits, name)
    head = list(itertools.islice(lines, 200))
    mark = delimited.delimiter([line for line, good in head if good][:60])
    records = [(n, cells) for n, cells, _ in delimited.records(head, mark, None) if cells is not None]
    if not records:
        raise FileError(
            Text("has no row that can be read", "읽을 수 있는 행이 없습니다"),
            where=name,
            hint=Text(
                "open it in the program it came from and save it as UTF-8 CSV or XLSX",
                "만든 프로그램에서 열어 UTF-8 CSV나 XLSX로 다시 저장하세요",
            ),
        )
    at = header.find([cells for _, cells in records], known)
    names = header.names(records[at][1], limits, name)
    rows = [cells for _, cells in records[at + 1 :] if len(cells) == len(names)]
    return {
        "format": "csv",
        "header": names,
        "sample": _sample(names, rows),
        "encoding": found.encoding,
        "delimiter": mark,
        "header_row": records[at][0],
        "skip": _lines_above(head, mark, *records[at]),
        "plain": found.plain and len(names) > 1,
        "blanks": found.blanks,
    }


def _html(path: Path, name: str, _: str | None, limits: Limits, given: str | None, known: Known) -> dict[str, Any]:
    found = _encoding(path, limits, name, given)
    encoding = {"utf-8-sig": "utf-8", encodings.MIXED: "cp949"}.get(found.encoding, found.encoding)
    return _grid("html", sheets.html_rows(path, encoding, limits), limits, name, known) | {"encoding": encoding}


def _xlsx(
    path: Path, name: str, password: str | None, limits: Limits, given: str | None, known: Known
) -> dict[str, Any]:
    return _grid("xlsx", sheets.sheet_rows(path, password, limits), limits, name, known)


def _xls(
    path: Path, name: str, password: str | None, limits: Limits, given: str | None, known: Known
) -> dict[str, Any]:
    return _grid("xls", sheets.sheet_rows(path, password, limits), limits, name, known)


def _grid(kind: str, source: Iterable[list[str | None]], limits: Limits, name: str, known: Known) -> dict[str, Any]:
    head = list(itertools.islice(source, SAMPLE + header.LOOK))
    if not any(any(row) for row in head):
        raise FileError(
            Text("has no table in it", "안에 표가 없습니다"),
            where=name,
            hint=Text("open it and look; export it again", "열어서 확인하고 다시 내보내세요"),
        )
    at = header.find(head, known)
    names = header.names(head[at], limits, name)
    rows = [(row + [None] * len(names))[: len(names)] for row in head[at + 1 :] if any(row)]
    return {"format": kind, "header": names, "sample": _sample(names, rows), "header_row": at + 1}


def _jsonl(path: Path, name: str, _: str | None, limits: Limits, given: str | None, known: Known) -> dict[str, Any]:
    found = _encoding(path, limits, name, given)
    lines = encodings.text_lines(contents.chunks(path, limits), found.encoding, limits, name)
    made = _objects((flat for _number, flat, _text in jsonlines.objects(lines)), limits, name)
    if made is None:
        raise FileError(
            Text("has no line that is a JSON object", "JSON 객체인 줄이 없습니다"),
            where=name,
            hint=Text("one object per line, {…}", "한 줄에 객체 {…} 하나씩 적으세요"),
        )
    return {"format": "jsonl", "encoding": found.encoding, "header_row": 0, **made}


def _json(path: Path, name: str, _: str | None, limits: Limits, given: str | None, known: Known) -> dict[str, Any]:
    whole = replace(limits, line=limits.unpacked)  # a document may be one line
    encoding = given or encodings.find(contents.chunks(path, limits), whole, name).encoding or "cp949"
    where = jsondoc.place(contents.chunks(path, limits), encoding, limits, name)
    found = jsondoc.elements(contents.chunks(path, limits), encoding, where, limits, name)
    made = _objects((flat for _number, flat, _text in found), limits, name)
    if made is None:
        raise jsondoc.no_list(name)
    return {"format": "json", "encoding": encoding, "header_row": 0, "where": where, **made}


def _objects(flats: Iterable[dict[str, str | None] | None], limits: Limits, name: str) -> dict[str, Any] | None:
    """header and sample of objects; null when there is none. Every object is looked at: each may bring columns."""
    columns: dict[str, None] = {}
    sample: list[dict[str, str | None]] = []
    for flat in flats:
        if flat is None:
            continue
        columns |= dict.fromkeys(flat)
        if len(columns) > limits.columns:
            header.names(list(columns), limits, name)
        if len(sample) < SAMPLE:
            sample.append(flat)
    rows = tuple({c: row.get(c) for c in columns} for row in sample)
    return {"header": tuple(columns), "sample": rows} if sample else None


def _parquet(path: Path, name: str, _: str | None, limits: Limits, given: str | None, known: Known) -> dict[str, Any]:
    try:
        file = pq.ParquetFile(path)
        names = tuple(file.schema_arrow.names)
        first = next(file.iter_batches(SAMPLE), None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise FileError(
            Text("the Parquet file is damaged or cut off", "Parquet 파일이 깨졌거나 잘렸습니다"),
            where=name,
            hint=Text(
                "copy it again; nothing of it was taken", "다시 복사하세요. 이 파일에서는 아무것도 들여오지 않았습니다"
            ),
        ) from error
    header.names(names, limits, name)
    sample = [] if first is None else [{k: sheets.cell_text(v) for k, v in row.items()} for row in first.to_pylist()]
    return {"format": "parquet", "header": names, "sample": tuple(sample), "header_row": 0, "plain": True}


def _sample(names: tuple[str, ...], rows: Iterable[Sequence[str | None]]) -> tuple[dict[str, str | None], ...]:
    return tuple({n: c or None for n, c in zip(names, row, strict=True)} for row in itertools.islice(rows, SAMPLE))


_MAKERS = {"csv": _csv, "html": _html, "xlsx": _xlsx, "xls": _xls, "jsonl": _jsonl, "json": _json, "parquet": _parquet}


def numbered_rows(reading: Reading) -> Iterator[tuple[int, Sequence[str | None] | None, str]]:
    """(row of the file, cells or null where it cannot be read, its text) below the header, for formats read here."""
    width = len(reading.header)
    if reading.format == "rows":
        for number, row in reading.rows:
            yield number, [row.get(c) for c in reading.header], ""
        return
    assert reading.path is not None
    if reading.format == "json":
        pieces = contents.chunks(reading.path, reading.limits)
        for number, flat, text in jsondoc.elements(
            pieces, reading.encoding or "utf-8", reading.where, reading.limits, reading.name
        ):
            yield number, None if flat is None else [flat.get(c) for c in reading.header], text
        return
    if reading.format in ("csv", "jsonl"):
        lines = encodings.text_lines(
            contents.chunks(reading.path, reading.limits), reading.encoding or "utf-8", reading.limits, reading.name
        )
        if reading.format == "jsonl":
            for number, flat, text in jsonlines.objects(lines):
                yield number, None if flat is None else [flat.get(c) for c in reading.header], text
            return
        for number, cells, text in delimited.records(
            itertools.islice(lines, reading.skip, None), reading.delimiter or ",", width
        ):
            yield number + reading.header_row, cells, text
        return
    grid = (
        sheets.html_rows(reading.path, reading.encoding or "utf-8", reading.limits)
        if reading.format == "html"
        else sheets.sheet_rows(reading.path, reading.password, reading.limits)
    )
    for number, found in enumerate(grid, start=1):
        if number > reading.header_row and any(found):
            good = not any(found[width:])
            yield number, (found + [None] * width)[:width] if good else None, " ".join(c or "" for c in found)


def _lines_above(head: list[tuple[str, bool]], mark: str, number: int, names: list[str]) -> int:
    """Physical lines up to and with the header: a quoted name may hold a line end."""
    for count in range(number, len(head) + 1):
        if any(n == number and cells == names for n, cells, _ in delimited.records(head[:count], mark, None)):
            return count
    return number
