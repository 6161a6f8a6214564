"""One import: find the files, read each with its mapping, take it in wholly or not at all, refresh who was touched."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Maps
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dangol.app import known, recovery, upkeep
from dangol.app.report import FAILED, IGNORED, KNOWN, NEEDS_MAPPING, TAKEN, FileReport, ImportReport
from dangol.app.take import Effect, highest_id, rehearsal, rehearse_file, summed, take_file, told
from dangol.app.workspace import Progress, no_progress
from dangol.collect import (
    Mapping,
    Reading,
    in_order,
    mapping_from_yaml,
    mapping_to_yaml,
    preset,
    presets,
    preview,
    propose,
    read,
    recognise,
)
from dangol.schema import DangolError, FileError, Text, system_says

if TYPE_CHECKING:
    from dangol.app import Workspace

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xlsm", ".xls", ".html", ".htm")
PACKED = (".gz", ".zst", ".zstd")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read; see `Workspace.import_files`. `given` and `passwords` are a single file's own, and go before the others."""

    source: str | None = None
    preset: str | None = None
    mapping: Path | None = None
    password: str | None = None
    dry_run: bool = False
    accept_proposals: bool = False
    given: Maps[Path, Mapping] = field(default_factory=dict)
    passwords: Maps[Path, str] = field(default_factory=dict, repr=False)


Job = tuple[Reading, Mapping]
"""A file that could be looked at, and the mapping it will be read with."""


def import_files(
    ws: Workspace, paths: Sequence[Path], options: Options, progress: Progress = no_progress
) -> ImportReport:
    """Take files in, reference tables first, facts last. Each file is a transaction of its own: wholly in, or not at all.

    A file that cannot be read, or whose header is unknown, does not stop the others; its report says what to do.
    """
    start, before_id = time.monotonic(), highest_id(ws)
    reports: list[FileReport] = []
    jobs: list[Job] = []
    files = list(expand(paths))
    for place, path in enumerate(files):
        progress("looking", place, len(files))
        job = _look(ws, path, options)
        if isinstance(job, FileReport):
            reports.append(job)
        else:
            jobs.append(job)
    progress("looking", len(files), len(files))
    effects: list[Effect] = []
    references = {mapping.name: reading for reading, mapping in jobs if mapping.grain == "reference"}
    seen: set[str] = set()
    with rehearsal(ws, patient=True) if options.dry_run else nullcontext():
        for job in in_order(jobs):
            report, effect = _take(ws, job, options, references, progress, seen)
            reports.append(report)
            if effect is not None:
                effects.append(effect)
    if not options.dry_run and (any(len(e.touched) for e in effects) or recovery.refresh_is_due(ws)):
        ws.refresh_touched([e.touched for e in effects], progress=progress)
    if effects and not options.dry_run:
        upkeep.daily(ws)
    done = summed(reports, effects, before=before_id, seconds=time.monotonic() - start, dry_run=options.dry_run)
    return replace(done, segments=len(ws.store.definitions.all("segment")))


def expand(paths: Sequence[Path]) -> Iterator[Path]:
    """Files named, and every file below the folders named that looks like an export; hidden ones are left out."""
    for path in paths:
        if not path.exists():
            raise FileError(
                Text("there is nothing under this name", "이 이름의 파일이나 폴더가 없습니다"),
                where=str(path),
                hint=Text("check the spelling", "이름을 바르게 썼는지 확인하세요"),
            )
        if path.is_file():
            yield path
            continue
        found = sorted(
            p for p in path.rglob("*") if p.is_file() and _looks_like_data(p) and not p.name.startswith((".", "~$"))
        )
        if not found:
            raise FileError(
                Text("there is no file here that dangol can read", "여기에는 dangol이 읽을 수 있는 파일이 없습니다"),
                where=str(path),
                hint=Text(f"it reads {', '.join(SUFFIXES)}", f"읽을 수 있는 형식: {', '.join(SUFFIXES)}"),
            )
        yield from found


def _looks_like_data(path: Path) -> bool:
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES


def _why(ws: Workspace, mapping: Mapping) -> str:
    """A mapping's word on why nothing is taken; ``Korean / English`` where it has both."""
    return Text.from_kept(mapping.why).say(ws.lang)


def _look(ws: Workspace, path: Path, options: Options) -> Job | FileReport:
    """Read the head of a file and find its mapping: the one named, a preset, or a proposal to look over."""
    try:
        reading = read(path, password=options.passwords.get(path, options.password))
    except DangolError as error:
        return FileReport(path.name, FAILED, note=error.say(ws.lang))
    if path in options.given:
        return reading, options.given[path]
    if options.mapping:
        return reading, mapping_in(options.mapping)
    if options.preset:
        return reading, preset(options.preset)
    recognised = recognise(reading.header)
    if recognised is not None:
        return reading, recognised
    proposed = propose(reading.header, reading.sample)
    if options.accept_proposals:
        return reading, proposed
    file = ws.folder / "mappings" / f"{path.stem}.yaml"
    file.parent.mkdir(exist_ok=True)
    if not file.exists():
        file.write_text(mapping_to_yaml(proposed), encoding="utf-8")
    first = preview(ws.reader, reading, proposed, settings=ws.settings)
    return FileReport(
        reading.name,
        NEEDS_MAPPING,
        format=reading.format,
        encoding=reading.encoding or "",
        mapping=str(file),
        path=str(path),
        preview=first,
        untaken=proposed.untaken(reading.header),
        note=ws.say("a header dangol does not know", "모르는 머리글"),
    )


def mapping_in(file: Path) -> Mapping:
    """The mapping a YAML file holds. Raises `FileError` for a file that cannot be read, `DefinitionError` for a wrong one."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (
            system_says(error)
            if isinstance(error, OSError)
            else Text("it is not UTF-8 text", "UTF-8 텍스트가 아닙니다")
        )
        raise FileError(
            Text(f"the mapping cannot be read: {why.en}", f"매핑 파일을 읽을 수 없습니다: {why.ko}"),
            where=str(file),
            hint=Text("check the spelling", "이름을 바르게 썼는지 확인하세요"),
        ) from error
    return mapping_from_yaml(text, where=str(file))


def _take(
    ws: Workspace,
    job: Job,
    options: Options,
    references: dict[str, Reading],
    progress: Progress,
    seen: set[str],
) -> tuple[FileReport, Effect | None]:
    reading, mapping = job
    base = FileReport(reading.name, TAKEN, preset=mapping.name, format=reading.format, encoding=reading.encoding or "")
    if mapping.name not in presets():
        base = replace(base, untaken=mapping.untaken(reading.header))
    progress(reading.name, 0, None)
    if mapping.grain == "ignore":
        return replace(base, status=IGNORED, note=_why(ws, mapping)), None
    if mapping.grain == "reference":
        return replace(
            base, note=_why(ws, mapping) or ws.say("looked up by the other files", "다른 파일이 찾아보는 표")
        ), None
    if reading.digest in seen or ws.store.batches.find(reading.digest):
        return replace(base, status=KNOWN, note=known.note(ws, reading.digest, mapping, options.mapping)), None
    try:
        if options.dry_run:
            effect = rehearse_file(ws, reading, mapping, len(seen), source=options.source, references=references)
        else:
            effect = take_file(ws, reading, mapping, source=options.source, references=references)
    except DangolError as error:
        return replace(base, status=FAILED, note=error.say(ws.lang)), None
    seen.add(reading.digest)
    return told(base, effect), effect
