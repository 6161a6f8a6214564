"""`dangol identity rules`: shown, tried on everything that is known, judged by hand, applied, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
import yaml

from dangol.cli import output
from dangol.cli.identity import done
from dangol.cli.listing import group
from dangol.cli.output import Csv, Json
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened
from dangol.schema import DefinitionError, Problem, Text, word

if TYPE_CHECKING:
    from dangol.app import Workspace

app = group(
    say(
        "The rules of who is who: show, try, apply, go back; --yaml writes them to edit.",
        "누가 누구인지 정하는 규칙: 보기(--yaml), 시험, 적용, 되돌리기.",
    )
)
File = typer.Argument(
    ...,
    metavar="FILE",
    exists=True,
    dir_okay=False,
    help=say("rules (YAML): what should differ", "규칙(YAML): 달라질 것"),
)
Block = typer.Option([], "--block", metavar="NODE", help=say("also block this identifier", "이 식별자도 막음"))
Free = typer.Option([], "--free", metavar="NODE", help=say("also let this one join again", "이 식별자도 다시 이음"))


@app.callback()
def rules(
    context: typer.Context,
    as_yaml: bool = typer.Option(False, "--yaml", help=say("print the rules as YAML", "규칙을 YAML로 출력")),
    as_json: bool = Json,
    csv: str | None = Csv,
    workspace: Path | None = At,
) -> None:
    if context.invoked_subcommand:
        return
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.identity_rules()
        if as_json:
            output.print_json(found)
        elif as_yaml:
            typer.echo(yaml.safe_dump(found["policy"], allow_unicode=True, sort_keys=False, width=120), nl=False)
        elif csv:
            output.show(_kinds(found), csv=csv)
        else:
            _show(found)


def _kinds(found: dict[str, Any]) -> Any:
    """A row a kind of identifier; `own` where it differs from what dangol comes with."""
    base = found["base"]["kinds"]
    rows = [{"kind": name, **one, "own": one != base.get(name)} for name, one in found["policy"]["kinds"].items()]
    return output.answer_of(rows, "kind", "strength", "unique", "cap", "own")


_STRENGTHS = {"strong": ("strong", "강함"), "medium": ("medium", "보통"), "weak": ("weak", "약함")}


def _show(found: dict[str, Any]) -> None:
    policy = found["policy"]
    whose = {
        "nobody": say("nobody's", "누구의 것도 아님"),
        "first": say("whose it was first", "먼저 쓴 사람의 것"),
        "last": say("whose it was last", "나중에 쓴 사람의 것"),
    }[policy["shared_device"]]
    most = policy["max_partners"]
    for line in (
        say(f"version {found['version']}", f"{found['version']}번 버전"),
        say(f"a shared device: {whose}", f"함께 쓰는 기기: {whose}"),
        say(f"linked to more than {most:,} logins: joins nobody", f"{most:,}개보다 많은 회원과 이어진 값: 잇지 않음"),
    ):
        output.out.print(line, markup=False, highlight=False)
    output.show(_kinds(found), words=lambda kinds: output.worded(kinds, "strength", lambda s: say(*_STRENGTHS[s])))
    if found["versions"]:
        rows = [{**v, "changed_at": v["at"]} for v in found["versions"]]
        output.out.print()
        kept = output.answer_of(rows, "version", "changed_at", "actor", "note")
        output.show(kept, title=say("Versions", "버전"))


@app.command(
    name="try",
    help=say(
        "What rules would do to everything that is known; nothing is written.",
        "규칙이 지금 아는 모든 것을 어떻게 바꿀지 봅니다. 아무것도 쓰지 않습니다.",
    ),
)
def try_out(
    file: Path = File,
    block: list[int] = Block,
    free: list[int] = Free,
    samples: int = typer.Option(5, min=0, max=50, help=say("pairs of each sort to print", "보여 줄 표본(종류마다)")),
    judge: bool = typer.Option(
        False, "--judge", help=say("ask of each pair: one person?", "표본마다 같은 사람인지 묻기")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = _tried(ws, file, block, free)
        if as_json:
            output.print_json({**found, "scores": ws.score_rules(found["pairs"])})
            return
        _counts(found)
        _changes(found)
        known = ws.judged_pairs()
        for joins in (True, False):
            for pair in [p for p in found["pairs"] if p["joins"] is joins][:samples]:
                _pair(pair, known.get(pair["key"]))
                if judge and pair["key"] not in known and not _asked(ws, pair):
                    judge = False
        _score(ws.score_rules(found["pairs"]))


def _tried(ws: Workspace, file: Path, block: list[int], free: list[int]) -> dict[str, Any]:
    policy = _read(file)
    with output.progress() as steps:
        return ws.try_rules(policy, blocked=block, freed=free, progress=steps)


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = Text("this is no YAML", "YAML이 아닙니다")
        raise DefinitionError([Problem(said)], where=file.name) from error


def _counts(found: dict[str, Any]) -> None:
    rows = [
        {"what": says, "before": found[before] if before else None, "after": found[after]}
        for says, before, after in (
            (say("customers", "고객"), "before", "after"),
            (say("refused joins", "거절된 연결"), "conflicts_before", "conflicts_after"),
            (say("would become part of another", "다른 고객에 합쳐짐"), "", "joins"),
            (say("would leave a customer", "고객에서 떨어져 나옴"), "", "separations"),
            (say("identifiers that move", "옮겨 가는 식별자"), "", "moved"),
            (say("values newly blocked", "새로 막히는 값"), "", "blocked"),
            (say("values let go", "풀리는 값"), "", "freed"),
        )
    ]
    output.show(output.answer_of(rows, "what", "before", "after"))


def _changes(found: dict[str, Any]) -> None:
    """The biggest changes, a line each."""
    if not found["changes"]:
        return
    output.out.print()
    title = say(f"Changes: {found['changed']:,}, the biggest first", f"바뀌는 곳 {found['changed']:,}개, 큰 것부터")
    output.out.print(title, style="bold", markup=False)
    new = say("new", "새 고객")
    for change in found["changes"][:10]:
        before, after = ([c or new for c in change[side]] for side in ("before", "after"))
        kinds = ", ".join(f"{word('kind', k, LANGUAGE)} {n:,}" for k, n in change["kinds"].items())
        output.out.print(f"{_few(before)} → {_few(after)}  ({kinds})", markup=False, highlight=False)


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _pair(pair: dict[str, Any], verdict: dict[str, Any] | None) -> None:
    """Both sides, and what ties them; personal data masked."""
    output.out.print()
    head = say("Would join", "합쳐질 둘") if pair["joins"] else say("Would separate", "나뉠 둘")
    said = f"  [{_VERDICTS[verdict['verdict']]}]" if verdict else ""
    output.out.print(f"{head}{said}", style="bold", markup=False, highlight=False)
    for side in pair["sides"]:
        values = [
            f"{word('kind', one['kind'], LANGUAGE)} {one['value'] or '…'}"
            for one in (*side["identifiers"], *side["person"])
        ]
        orders = say(
            f"events: {side['events']:,}, orders: {side['orders']:,}",
            f"이벤트 {side['events']:,}, 주문 {side['orders']:,}",
        )
        output.out.print(f"  {side['customer'] or '–'}  {', '.join(values)}; {orders}", markup=False, highlight=False)
    for tie in pair["ties"][:3]:
        output.out.print(f"    {tie['source']} · {tie['fact']}", style="dim", markup=False, highlight=False)


_VERDICTS = {
    "same": say("one person", "같은 사람"),
    "different": say("two people", "다른 사람"),
    "unsure": say("cannot tell", "모름"),
}


def _asked(ws: Workspace, pair: dict[str, Any]) -> bool:
    """Ask of one pair and keep the answer; False where somebody has had enough."""
    answers = {"s": "same", "d": "different", "u": "unsure"}
    question = say("(s)ame, (d)ifferent, (u)nsure, (q)uit", "같음(s), 다름(d), 모름(u), 그만(q)")
    said = ""
    while said not in (*answers, "q"):
        said = typer.prompt(question, err=True).strip().lower()[:1]
    if said == "q":
        return False
    ws.judge_pair(pair["key"], answers[said], joins=pair["joins"])
    return True


def _score(scores: dict[str, Any]) -> None:
    """How much of what was judged is right, with its interval."""
    for name, says in (("joins", say("joins", "합치기")), ("separations", say("separations", "나누기"))):
        one = scores[name]
        n = one["right"] + one["wrong"]
        if n:
            span = f"{one['low']:.0%}–{one['high']:.0%}"
            said = say(
                f"{says}: {one['right']:,} of {n:,} judged are right ({span})",
                f"{says}: 판단한 {n:,}개 가운데 {one['right']:,}개가 맞음 ({span})",
            )
            output.out.print()
            output.out.print(said, markup=False, highlight=False)


@app.command(
    help=say(
        "Put rules in force: tried first, then asked, then exactly the customers that change are computed again.",
        "규칙을 적용합니다. 시험해 보여 주고 물은 뒤 바뀌는 고객만 다시 계산합니다.",
    )
)
def apply(
    file: Path = File,
    block: list[int] = Block,
    free: list[int] = Free,
    version: int | None = typer.Option(
        None, min=0, help=say("only if this is still the version in force", "아직 이 버전이 쓰일 때만")
    ),
    note: str = typer.Option("", help=say("why, for the versions", "버전에 남길 이유")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("do not try, do not ask", "시험하거나 묻지 않음")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        before = ws.identity_rules()["version"] if version is None else version
        if not yes:
            _counts(_tried(ws, file, block, free))
            typer.confirm(say("Put these rules in force?", "이 규칙을 적용할까요?"), abort=True, err=True)
        policy = _read(file)
        with output.progress() as steps:
            found = ws.publish_rules(policy, version=before, blocked=block, freed=free, note=note, progress=steps)
        done(found, False, as_json)


@app.command(
    help=say(
        "Go back to a version; 0 is what dangol comes with.", "어느 버전으로 되돌립니다. 0은 dangol의 기본 규칙입니다."
    )
)
def revert(
    to: int = typer.Argument(..., metavar="VERSION", min=0, help=say("version to go back to", "되돌아갈 버전")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        with output.progress() as steps:
            found = ws.revert_rules(to, progress=steps)
        done(found, False, as_json)
