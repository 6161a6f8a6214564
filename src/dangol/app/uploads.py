"""An uploaded file before it is imported: what it is, what its columns would mean, and its first rows as they would be read."""

from __future__ import annotations

from collections.abc import Mapping as Maps
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dangol.app import importing
from dangol.app.jobs import Running
from dangol.app.report import ImportReport
from dangol.app.spool import Upload
from dangol.collect import (
    Choice,
    Mapping,
    Reading,
    choose,
    chosen,
    mapping_body,
    mapping_from_body,
    mapping_from_yaml,
    mapping_to_yaml,
    meanings,
    preset,
    presets,
    preview,
    propose,
    read,
    reason_words,
    recognise,
)
from dangol.privacy import mask, scrub
from dangol.schema import GLOSSARY, Answer, DefinitionError, Lang, Problem, word

if TYPE_CHECKING:
    from dangol.app import Workspace

EXAMPLES = 3
"""Values of a column that are shown."""

LETTERS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an uploaded file should be read: a mapping of one's own (as a document or YAML), a preset, or what dangol finds.

    :param change: column → what it is taken for instead (`collect.Choice.meaning`), in order; kind: of its trait.
    """

    mapping: Any = None
    yaml: str = ""
    preset: str = ""
    change: Sequence[Maps[str, str]] = ()
    password: str = ""


def look(ws: Workspace, upload: Upload, wanted: Wanted) -> dict[str, Any]:
    """A file, its mapping and its first rows under it. Nothing of it is taken; personal data is masked.

    Raises `FileError` for a file that cannot be read at all. What is wrong with a mapping is in `problems`.
    """
    if wanted.password:
        ws.spool.passwords[upload.id] = wanted.password
    reading = read(upload.path, password=ws.spool.passwords.get(upload.id))
    found = recognise(reading.header) or _of_shop(ws, reading)
    wrong: list[Problem] = []
    try:
        mapping = _mapping(wanted, found or propose(reading.header, reading.sample), wrong)
    except DefinitionError as error:
        mapping, wrong = found or propose(reading.header, reading.sample), list(error.problems)
    problems = [p.as_dict(ws.lang) for p in wrong]
    shown, more = _preview(ws, reading, mapping) if not problems else (None, [])
    return {
        "upload": upload.id,
        "file": upload.name,
        "size": upload.size,
        "format": reading.format,
        "encoding": reading.encoding or "",
        "recognised": found.name if found else "",
        "says": {"en": found.en, "ko": found.ko} if found else None,
        "known": _known(ws, reading),
        "mapping": mapping_body(mapping),
        "yaml": mapping_to_yaml(mapping),
        "grain": mapping.grain,
        "columns": [_column(c, mapping, reading) for c in chosen(mapping, reading.header)],
        "meanings": list(meanings(mapping.grain)),
        "untaken": list(mapping.untaken(reading.header)),
        "problems": problems + more,
        "preview": shown,
    }


def _of_shop(ws: Workspace, reading: Reading) -> Mapping | None:
    """The mapping a file with these columns was read with before."""
    kept = [mapping_from_body(d.body, draft=[]) for d in ws.store.definitions.all("mapping").values()]
    best = max(kept, key=lambda m: m.fits(reading.header), default=None)
    return best if best and best.fits(reading.header) else None


def _mapping(wanted: Wanted, found: Mapping, wrong: list[Problem]) -> Mapping:
    """The mapping as it is wanted; what is wrong with it so far goes into `wrong`."""
    mapping = found
    if wanted.yaml:
        mapping = mapping_from_yaml(wanted.yaml)
    elif wanted.mapping is not None:
        mapping = mapping_from_body(wanted.mapping, draft=[] if wanted.change else wrong)
    elif wanted.preset:
        mapping = preset(wanted.preset)
    for one in wanted.change:
        mapping = choose(mapping, one["column"], one["meaning"], kind=one.get("kind", ""))
    return mapping_from_body(mapping_body(mapping), draft=wrong) if wanted.change else mapping


def _preview(ws: Workspace, reading: Reading, mapping: Mapping) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    """The first rows as they would be read, in words; or why they cannot be."""
    if mapping.grain in ("reference", "ignore") or mapping.joins:
        return None, []
    try:
        shown = preview(ws.reader, reading, mapping, settings=ws.settings, rows=20)
    except DefinitionError as error:
        return None, [p.as_dict(ws.lang) for p in error.problems]
    return _worded(ws, shown), []


def _worded(ws: Workspace, shown: Answer) -> dict[str, Any]:
    rows = []
    for row in shown:
        bad = row.pop("problem", None)
        field, _, reason = (bad or "").rpartition(":")
        place = word("field", field, ws.lang) if field else ""
        said = {"field": place, "reason": reason, "says": reason_words(reason).say(ws.lang)} if bad else None
        rows.append({**{k: _shown(k, v, ws.lang) for k, v in row.items()}, "problem": said})
    names = [c for c in shown.columns if c != "problem"]
    labels = {n: word("kind" if n in GLOSSARY["kind"] and n != "name" else "field", n, ws.lang) for n in names}
    return {"columns": names, "labels": labels, "rows": rows}


def _shown(name: str, value: Any, lang: Lang) -> str | None:
    """A value as people read it: events and channels in words, numbers without empty decimals."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    return word(name, str(value), lang)


def _column(choice: Choice, mapping: Mapping, reading: Reading) -> dict[str, Any]:
    """A column with a few of its values: masked where it is personal, hidden where nobody says what it holds."""
    values: dict[str, None] = {}
    for row in reading.sample:
        text = (row.get(choice.column) or "").strip()
        if text:
            values.setdefault(shown_as(text, choice.meaning), None)
        if len(values) == EXAMPLES:
            break
    return {**asdict(choice), "examples": list(values)}


def shown_as(text: str, meaning: str) -> str:
    """A cell as it may be shown, by what its column is taken for."""
    what, _, name = meaning.partition(":")
    if what in ("id", "person"):
        return mask(name, text)
    if what in ("drop", ""):
        return "***"
    return scrub(text)[0][:LETTERS]


def _known(ws: Workspace, reading: Reading) -> dict[str, Any] | None:
    """The import that took a file with these bytes."""
    before = ws.store.batches.find(reading.digest)
    return {"batch": before[-1].id, "at": before[-1].started_at, "file": before[-1].file} if before else None


def import_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of an import: {files: [{upload, mapping}], source, dry_run}. The files go once they are taken."""
    files = [(ws.spool.get(f["upload"]), f) for f in asked["files"]]
    paths = [upload.path for upload, _ in files]
    options = importing.Options(
        source=asked.get("source") or None,
        dry_run=bool(asked.get("dry_run")),
        accept_proposals=True,
        given={upload.path: mapping_from_body(f["mapping"]) for upload, f in files if f.get("mapping")},
        passwords={u.path: ws.spool.passwords[u.id] for u, _ in files if u.id in ws.spool.passwords},
    )
    try:
        report = importing.import_files(ws, paths, options, running.progress)
    finally:
        if running.stopped.is_set():
            running.heard.set()
            _settle(ws)
    if not report.dry_run:
        _keep_mappings(ws, files, report)
        for upload, _ in files:
            ws.spool.remove(upload.id)
    return told(ws, report)


def undo_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of taking an import back: {batch, reason}."""
    found = ws.undo_import(int(asked["batch"]), reason=str(asked.get("reason") or ""), progress=running.progress)
    return {"batch": int(asked["batch"]), "changes": list(found)}


def _settle(ws: Workspace) -> None:
    """What was taken before the import was stopped is computed for everyone, since nobody remembers whom it touched."""
    from dangol.app import recovery

    if recovery.refresh_is_due(ws):
        ws.refresh()


def _keep_mappings(ws: Workspace, files: Sequence[tuple[Upload, dict[str, Any]]], report: ImportReport) -> None:
    """A mapping that took is a definition: the next file of its kind finds it by name."""
    taken = {f.file for f in report.files if f.taken}
    for upload, one in files:
        body = one.get("mapping")
        name = body.get("mapping") if body else None
        own = name and (name not in presets() or mapping_body(presets()[name]) != body)
        if body and own and upload.name in taken and isinstance(name, str):
            ws.store.definitions.put("mapping", name[:120], body, actor=ws.actor, now=ws.real_now())


def told(ws: Workspace, report: ImportReport) -> dict[str, Any]:
    """A report as plain JSON, its reasons in both languages; without paths of this machine."""
    said = report.as_dict()
    for file in said["files"]:
        file.pop("path")
        file.pop("mapping")
        file.pop("preview")
    codes = {code for f in report.files for code in f.quarantined}
    skips = {code for f in report.files for code in f.skipped}
    return {
        **said,
        "first_at": report.first_at.isoformat() if report.first_at else None,
        "last_at": report.last_at.isoformat() if report.last_at else None,
        "reasons": {code: {"en": reason_words(code).en, "ko": reason_words(code).ko} for code in sorted(codes)},
        "skips": {c: {"en": word("skip", c, "en"), "ko": word("skip", c, "ko")} for c in sorted(skips)},
        "failed": report.failed,
    }
