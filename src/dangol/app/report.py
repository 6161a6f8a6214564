"""What an import found, as a value that every entrance can show."""

from __future__ import annotations

import datetime as dt
import shlex
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dangol.app.starting import NONE_YET
from dangol.schema import GLOSSARY, Answer, Lang, Text, josa, word

TAKEN, KNOWN, IGNORED, NEEDS_MAPPING, FAILED = "taken", "known", "ignored", "needs_mapping", "failed"

_STATUS = {
    TAKEN: ("가져옴", "taken"),
    KNOWN: ("이미 가져온 파일", "known already"),
    IGNORED: ("쓰지 않음", "not used"),
    NEEDS_MAPPING: ("매핑이 필요함", "needs a mapping"),
    FAILED: ("읽지 못함", "could not be read"),
}


_SEE = Text("see your segments: dangol segments", "세그먼트 보기: dangol segments")


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: what it was taken for, and what became of its rows.

    `note` says why when it was not taken; `mapping` is where a proposed mapping was written, `preview` its first rows as they would be read,
    `path` the file as it was named, for the command that takes it; `untaken` the columns that a mapping of the shop's own leaves out.
    """

    file: str
    status: str
    preset: str = ""
    format: str = ""
    encoding: str = ""
    rows: int = 0
    taken: int = 0
    repeated: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    blocked: int = 0
    batch: int = 0
    note: str = ""
    mapping: str = ""
    path: str = ""
    untaken: tuple[str, ...] = ()
    preview: Answer | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """All files of one import, and what they changed. `segments`: how many the shop has, where it was asked."""

    files: tuple[FileReport, ...]
    new_customers: int = 0
    known_customers: int = 0
    merges: int = 0
    conflicts: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    seconds: float = 0.0
    dry_run: bool = False
    segments: int | None = None

    @property
    def failed(self) -> bool:
        return any(f.status in (FAILED, NEEDS_MAPPING) for f in self.files)

    @property
    def quarantined(self) -> Counter[str]:
        """Rows that could not be read, by reason."""
        return sum((Counter(f.quarantined) for f in self.files), Counter())

    @property
    def skipped(self) -> Counter[str]:
        """Rows that the preset knows to be no fact about a customer, by reason."""
        return sum((Counter(f.skipped) for f in self.files), Counter())

    def total(self, name: str) -> int:
        return sum(getattr(f, name) for f in self.files)

    def as_dict(self) -> dict[str, Any]:
        shape = asdict(self)
        for file, said in zip(self.files, shape["files"], strict=True):
            said["preview"] = list(file.preview) if file.preview else None
        return {
            **shape,
            "rows": self.total("rows"),
            "taken": self.total("taken"),
            "quarantined": dict(self.quarantined),
        }

    def files_answer(self, lang: Lang) -> Answer:
        """A row a file, with headings in `lang`."""
        import pyarrow as pa  # here, so that `dangol --help` need not load it

        ko = lang == "ko"
        names = (
            ("파일", "결과", "양식", "행", "가져옴", "전부터 앎", "격리", "메모")
            if ko
            else ("file", "result", "preset", "rows", "taken", "known before", "quarantined", "note")
        )
        rows = [
            (
                f.file,
                _STATUS[f.status][0 if ko else 1],
                f.preset,
                f.rows,
                f.taken,
                f.repeated,
                sum(f.quarantined.values()),
                f.note,
            )
            for f in self.files
        ]
        return Answer(
            pa.table(
                [pa.array(column) for column in zip(*rows, strict=True)] if rows else [pa.array([], pa.string())] * 8,
                names=list(names),
            )
        )

    def previews(self, lang: Lang) -> list[tuple[str, Answer]]:
        """(heading, first rows) of each file with a proposed mapping."""
        said = []
        for f in self.files:
            if f.preview is None:
                continue
            head = (
                f"{f.file}: 이렇게 읽게 됩니다 (매핑: {f.mapping})"
                if lang == "ko"
                else f"{f.file}: it would be read like this (mapping: {f.mapping})"
            )
            said.append((head, _in_words(f.preview, lang)))
        return said

    def _rows(self, ko: bool) -> str:
        rows, taken, known = (self.total(name) for name in ("rows", "taken", "repeated"))
        said = f"{rows:,} → {taken:,}"
        if known:
            said += f" (전부터 알던 행 {known:,})" if ko else f" ({known:,} known before)"
        return said

    def left_out(self, lang: Lang) -> list[str]:
        """A line for each file of which columns are not taken, with their names."""
        said = []
        for f in self.files:
            if f.untaken:
                names, n = ", ".join(f.untaken), len(f.untaken)
                said.append(
                    f"{f.file}: 가져오지 않는 열 {n:,}개: {names}"
                    if lang == "ko"
                    else f"{f.file}: {n:,} {'column' if n == 1 else 'columns'} not taken: {names}"
                )
        return said

    def lines(self, lang: Lang) -> list[tuple[str, str]]:
        ko = lang == "ko"
        span = f"{self.first_at:%Y-%m-%d} – {self.last_at:%Y-%m-%d}" if self.first_at and self.last_at else "–"
        from dangol.collect import reason_words  # here, so that `dangol --help` need not load the readers

        held = [(n, reason_words(code)) for code, n in self.quarantined.most_common()]
        reasons = ", ".join(f"{n:,} ({why.ko if ko else f'a value {why.en}'})" for n, why in held) or "0"
        blocked = self.total("blocked")
        lines = [
            ("행" if ko else "Rows", self._rows(ko)),
            ("격리" if ko else "Quarantined", reasons),
            (
                "고객" if ko else "Customers",
                (
                    f"새로 {self.new_customers:,}명, 알던 {self.known_customers:,}명, 합쳐짐 {self.merges:,}"
                    if ko
                    else f"{self.new_customers:,} new, {self.known_customers:,} known, {self.merges:,} merges"
                ),
            ),
            ("기간" if ko else "Span", span),
            ("시간" if ko else "Took", f"{self.seconds:.1f} " + ("초" if ko else "s")),
        ]
        if self.skipped:
            said = ", ".join(f"{word('skip', k, lang)} {v:,}" for k, v in self.skipped.most_common())
            lines.insert(2, ("고객의 일이 아닌 행" if ko else "Rows about no customer", said))
        if self.conflicts:
            lines.insert(3, ("충돌" if ko else "Conflicts", f"{self.conflicts:,}"))
        if blocked:
            lines.insert(
                2, ("막은 주민등록번호·통관부호" if ko else "Resident and customs numbers blocked", f"{blocked:,}")
            )
        return lines

    def advice(self, lang: Lang) -> list[str]:
        """What to do next, each line with the command that does it."""
        ko = lang == "ko"
        said: list[str] = []
        for f in self.files:
            if f.status == NEEDS_MAPPING:
                command = f"dangol import {shlex.quote(f.path or f.file)} --mapping {shlex.quote(f.mapping)}"
                said.append(
                    f"{josa(f.mapping, '을/를')} 확인하고: {command}"
                    if ko
                    else f"look over {f.mapping}, then: {command}"
                )
        if self.files and all(f.status == KNOWN for f in self.files):
            said.append(
                "모두 이미 가져온 파일입니다. 목록은 dangol imports, 다른 매핑으로 다시 읽으려면 먼저 dangol imports undo 번호"
                if ko
                else "all of it is in already: dangol imports lists it; to read it otherwise, first dangol imports undo NUMBER"
            )
            if not self.dry_run:
                said.append((NONE_YET if self.segments == 0 else _SEE).say(lang))
        if self.quarantined:
            said.append(
                "읽지 못한 행 보기: dangol quarantine"
                if ko
                else "see the rows that could not be read: dangol quarantine"
            )
        if self.conflicts:
            said.append(
                "연결이 거절된 고객 보기: dangol customers conflicts"
                if ko
                else "see the joins that were refused: dangol customers conflicts"
            )
        if self.dry_run:
            said.append(
                "시험이었습니다. --dry-run 없이 실행하면 가져옵니다."
                if ko
                else "this was a dry run; without --dry-run it is taken in"
            )
        elif self.total("taken"):
            said.append((NONE_YET if self.segments == 0 else _SEE).say(lang))
            said.append(
                "동의는 '모름'입니다. 동의를 가져오기 전에는 광고를 보내지 않습니다."
                if ko
                else "consent is unknown: nothing may be advertised until it is imported or asked for"
            )
        return said


def _in_words(shown: Answer, lang: Lang) -> Answer:
    """A preview as people read it: events, channels and what could not be read in words, headings too."""
    import pyarrow as pa  # here, so that `dangol --help` need not load it

    from dangol.collect import reason_words

    table, labels = shown.table, {}
    for i, name in enumerate(table.column_names):
        labels[name] = word("kind" if name in GLOSSARY["kind"] and name != "name" else "field", name, lang)
        if name == "problem":
            codes = [None if v is None else v.split(":") for v in table[i].to_pylist()]
            said = [c and f"{word('field', c[0], lang)}: {reason_words(c[-1]).say(lang)}" for c in codes]
            table = table.set_column(i, name, pa.array(said, pa.string()))
    return replace(shown, table=table, note="", facts={**shown.facts, "labels": labels})
