"""The rules of identity as a versioned definition: tried on the real links, published, and taken back by going to a version."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dangol import identity
from dangol.app import recovery
from dangol.app.both import both
from dangol.app.jobs import Running
from dangol.app.linking import personal_follows
from dangol.app.sides import changes_shown, pairs_shown
from dangol.app.workspace import Progress, no_progress
from dangol.identity import Policy, Trial, differences, policy_body, read_policy
from dangol.schema import DefinitionError, NotFoundError, Problem, RefusedError, Text

if TYPE_CHECKING:
    from dangol.app import Workspace

KIND, NAME = "identity", "policy"
JUDGED = "identity.judged"
SHOWN = 50
"""Changes that a trial shows, the biggest; pairs of each sort that it gives to be judged."""

MOST_JUDGED = 5_000
VERDICTS = ("same", "different", "unsure")


def rules(ws: Workspace) -> dict[str, Any]:
    """The rules in force: whole, as they differ from what dangol comes with, and every version."""
    versions = ws.store.definitions.versions(KIND, NAME)
    return {
        "version": versions[-1].version if versions else 0,
        "policy": policy_body(ws.policy),
        "base": policy_body(ws.base_policy),
        "body": differences(ws.policy, ws.base_policy),
        "versions": [
            {"version": v.version, "at": v.at, "actor": v.actor, "note": v.note,
             "body": differences(_of(ws, v.body), ws.base_policy)}
            for v in reversed(versions)
        ],
    }  # fmt: skip


def _of(ws: Workspace, body: Any) -> Policy:
    return read_policy(body, ws.base_policy) if body else ws.base_policy


def try_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of a trial in the background: {policy, blocked: [node], freed: [node]}."""
    return tried(ws, asked, running.progress)


def tried(ws: Workspace, asked: Mapping[str, Any], progress: Progress = no_progress) -> dict[str, Any]:
    """A trial: {policy, blocked: [node], freed: [node]}, see `shown`. Reads everything and writes nothing."""
    policy = read_policy(asked.get("policy") or {}, ws.base_policy)
    said = _said(asked)
    progress("links")
    found = identity.try_out(ws.engine, policy, blocked=said)
    progress("samples")
    return shown(ws, found)


def _said(asked: Mapping[str, Any]) -> dict[int, str | None]:
    try:
        said: dict[int, str | None] = {int(n): "by_hand" for n in asked.get("blocked") or ()}
        return said | {int(n): None for n in asked.get("freed") or ()}
    except (TypeError, ValueError) as error:
        wrong = Text("an identifier is named by its number", "식별자는 번호로 적습니다")
        raise DefinitionError([Problem(wrong, "blocked")]) from error


def shown(ws: Workspace, found: Trial) -> dict[str, Any]:
    """A trial as plain JSON: counts, the biggest changes, and pairs to judge by hand."""
    joins = [p for p in found.pairs if p.joins][:SHOWN]
    separations = [p for p in found.pairs if not p.joins][:SHOWN]
    counts = ("before", "after", "joins", "separations", "moved", "conflicts_before", "conflicts_after")
    return {
        **{name: getattr(found, name) for name in counts},
        "changed": len(found.changes),
        "blocked": len(found.blocked),
        "freed": len(found.freed),
        "changes": changes_shown(ws, found.changes[:SHOWN]),
        "pairs": pairs_shown(ws, [*joins, *separations]),
    }


# -- judging by hand -----------------------------------------------------------------------------------------------------
def judge(ws: Workspace, key: str, verdict: str, *, joins: bool) -> dict[str, Any]:
    """Keep what a person says of a pair: same, different or unsure. It stays for other drafts that ask of the same pair."""
    if verdict not in VERDICTS or not key.replace("-", "").isdigit():
        raise DefinitionError(
            [Problem(Text("say same, different or unsure", "같음, 다름, 모름 가운데 하나를 고르세요"), "verdict")]
        )
    with ws.store.writing():
        kept: dict[str, Any] = ws.store.state.get(JUDGED) or {}
        kept.pop(key, None)
        kept[key] = {"verdict": verdict, "by": ws.actor, "at": ws.real_now().isoformat(), "joins": joins}
        for old in list(kept)[:-MOST_JUDGED]:
            del kept[old]
        ws.store.state.put(JUDGED, kept, now=ws.real_now())
    return kept[key]  # type: ignore[no-any-return]


def judged(ws: Workspace) -> dict[str, Any]:
    """Every verdict by the pair's key."""
    return ws.store.state.get(JUDGED) or {}


def precision(right: int, wrong: int, *, z: float = 1.959964) -> dict[str, float | None]:
    """The share that is right, with Wilson's interval (1927): {estimate, low, high}; nulls where nothing was judged.

    :param z: of the normal distribution; 95 % by default.
    """
    n = right + wrong
    if not n:
        return {"estimate": None, "low": None, "high": None}
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return {"estimate": share, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def score(verdicts: Mapping[str, Any], keys: Sequence[str], *, joins: bool) -> dict[str, Any]:
    """How right a draft is by what was judged of its pairs: joins of the same person, separations of different ones."""
    said = [verdicts[k]["verdict"] for k in keys if k in verdicts]
    good = said.count("same" if joins else "different")
    bad = said.count("different" if joins else "same")
    return {"right": good, "wrong": bad, "unsure": said.count("unsure"), **precision(good, bad)}


def scores(ws: Workspace, pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Both scores of a trial's pairs."""
    kept = judged(ws)
    return {
        name: score(kept, [p["key"] for p in pairs if p["joins"] is joins], joins=joins)
        for name, joins in (("joins", True), ("separations", False))
    }


# -- publishing ----------------------------------------------------------------------------------------------------------
def publish_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of publishing in the background: {policy, blocked, freed, note, version}."""
    return published(ws, asked, running.progress)


def published(ws: Workspace, asked: Mapping[str, Any], progress: Progress = no_progress) -> dict[str, Any]:
    """Publish {policy, blocked, freed, note, version}. Exactly the customers that change are computed again.

    Raises `RefusedError` where somebody published since (`version` is the one the draft was made of).
    """
    policy = read_policy(asked.get("policy") or {}, ws.base_policy)
    return _publish(ws, policy, _said(asked), str(asked.get("note") or ""), asked.get("version"), progress)


def revert_job(ws: Workspace, asked: dict[str, Any], running: Running) -> dict[str, Any]:
    """The work of going back to a version in the background: {to}."""
    return reverted(ws, int(asked.get("to") or 0), running.progress)


def reverted(ws: Workspace, to: int, progress: Progress = no_progress) -> dict[str, Any]:
    """Go back to a version. 0 is what dangol comes with. It is published as a version of its own."""
    versions = {v.version: v for v in ws.store.definitions.versions(KIND, NAME)}
    if to and to not in versions:
        raise NotFoundError(Text(f"there is no version {to}", f"{to}번 버전이 없습니다"), where="to")
    note = ws.say(f"back to version {to}", f"{to}번 버전으로 되돌림")
    return _publish(ws, _of(ws, versions[to].body if to else None), {}, note, None, progress)


def _publish(
    ws: Workspace, policy: Policy, blocked: Mapping[int, str | None], note: str, version: int | None, progress: Progress
) -> dict[str, Any]:
    now = ws.real_now()
    body = differences(policy, ws.base_policy)
    with ws.facts_turn(patient=True):
        progress("links")
        with both(ws) as keep:
            kept = ws.store.definitions.all(KIND).get(NAME)
            if version is not None and version != (kept.version if kept else 0):
                raise RefusedError(
                    Text("the rules were changed since this draft was made", "초안을 만든 뒤에 규칙이 바뀌었습니다"),
                    hint=Text("try the draft again", "초안을 다시 시험해 보세요"),
                )
            done, before = [], ws.policy
            for node, why in blocked.items():
                step = identity.block if why else identity.unblock
                done.append(step(ws.engine, node, actor=ws.actor, now=now, policy=before))
                identity.rehome(ws.engine, done[-1].moved)
            found = identity.rebuild(ws.engine, now=now, policy=policy)
            identity.rehome(ws.engine, found.moved)
            keep()
            for one in (*done, found):
                personal_follows(ws, one)
            made = ws.store.definitions.put(KIND, NAME, body, actor=ws.actor, now=now, note=note[:500])
            if len(found.touched) or done:
                recovery.facts_change(ws)
    progress("traits")
    ws.refresh_touched([one.touched for one in (found, *done)], progress=progress)
    return {
        "version": made,
        "merges": found.merges,
        "splits": found.splits,
        "identifiers": found.moved.num_rows,
        "customers": len(found.touched),
    }
