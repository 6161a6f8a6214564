"""A policy as a document: what differs from what dangol comes with, read with every mistake at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from dangol.identity.policy import Policy, SharedDevice
from dangol.schema import KINDS, DefinitionError, Kind, Problem, Strength, Text, did_you_mean, one_of

STRENGTHS = {"strong": Strength.STRONG, "medium": Strength.MEDIUM, "weak": Strength.WEAK}
MOST = 1_000_000
"""The largest number a cap or `max_partners` may be."""

_TOP = ("max_partners", "shared_device", "kinds")
_KIND = ("strength", "unique", "cap")


def read_policy(body: Any, base: Policy | None = None) -> Policy:
    """The policy a document describes; what it does not say is as in `base`. Raises `DefinitionError` with every problem."""
    base, problems = base or Policy(), list[Problem]()
    if not isinstance(body, Mapping):
        raise DefinitionError([Problem(Text("a policy is made of keys and values", "정책은 키와 값으로 적습니다"))])
    _known(body, _TOP, "", problems)
    partners = _whole(body.get("max_partners", base.max_partners), 1, "max_partners", problems)
    shared = body.get("shared_device", base.shared_device)
    if shared not in get_args(SharedDevice):
        problems.append(_unfit(shared, "shared_device", get_args(SharedDevice)))
    kinds = dict(base.kinds)
    said = body.get("kinds", {})
    if not isinstance(said, Mapping):
        problems.append(Problem(Text("names kinds of identifier", "식별자 종류를 적습니다"), "kinds"))
        said = {}
    _known(said, tuple(KINDS), "kinds", problems)
    for name, one in said.items():
        if name in kinds:
            kinds[name] = _kind(kinds[name], one, f"kinds.{name}", problems)
    if problems:
        raise DefinitionError(problems)
    return Policy(partners, shared, kinds)


def policy_body(policy: Policy) -> dict[str, Any]:
    """The whole policy as plain JSON: what a form shows, and `read_policy` reads back as the same."""
    words = {strength: word for word, strength in STRENGTHS.items()}
    return {
        "max_partners": policy.max_partners,
        "shared_device": policy.shared_device,
        "kinds": {
            k.name: {"strength": words[k.strength], "unique": k.unique, "cap": k.cap} for k in policy.kinds.values()
        },
    }


def differences(policy: Policy, base: Policy | None = None) -> dict[str, Any]:
    """What a document must say so that `read_policy` makes this policy of `base`."""
    mine, other = policy_body(policy), policy_body(base or Policy())
    body = {name: mine[name] for name in _TOP[:2] if mine[name] != other[name]}
    kinds = {
        name: {what: value for what, value in one.items() if value != other["kinds"].get(name, {}).get(what)}
        for name, one in mine["kinds"].items()
    }
    kinds = {name: one for name, one in kinds.items() if one}
    return {**body, **({"kinds": kinds} if kinds else {})}


def _kind(kind: Kind, body: Any, where: str, problems: list[Problem]) -> Kind:
    if not isinstance(body, Mapping):
        problems.append(Problem(Text("says strength, unique or cap", "strength, unique, cap을 적습니다"), where))
        return kind
    _known(body, _KIND, where, problems)
    strength = body.get("strength")
    if strength is not None and strength not in STRENGTHS:
        problems.append(_unfit(strength, f"{where}.strength", tuple(STRENGTHS)))
        strength = None
    unique = body.get("unique", kind.unique)
    if not isinstance(unique, bool):
        problems.append(_unfit(unique, f"{where}.unique", ("true", "false")))
        unique = kind.unique
    cap = _whole(body.get("cap", kind.cap), 1, f"{where}.cap", problems)
    return replace(kind, strength=STRENGTHS[strength] if strength else kind.strength, unique=unique, cap=cap)


def _whole(value: Any, least: int, where: str, problems: list[Problem]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        said = Text(
            f"{str(value)[:40]!r} is not a whole number from {least} to {MOST:,}",
            f"{str(value)[:40]!r}: {least}에서 {MOST:,} 사이의 정수여야 합니다",
        )
        problems.append(Problem(said, where))
        return least
    return value


def _known(body: Mapping[str, Any], allowed: tuple[str, ...], where: str, problems: list[Problem]) -> None:
    from rapidfuzz import process

    for key in body:
        if key not in allowed:
            near = process.extractOne(str(key), allowed, score_cutoff=60)
            place = f"{where}.{key}" if where else str(key)
            unknown = Text(f"'{key}' is not known here", f"'{key}': 여기에서 쓸 수 없는 값입니다")
            problems.append(Problem(unknown, place, did_you_mean(f"'{near[0]}'") if near else one_of(allowed)))


def _unfit(value: Any, where: str, allowed: tuple[str, ...]) -> Problem:
    shown = str(value)[:40]
    return Problem(
        Text(f"'{shown}' is not known here", f"'{shown}': 여기에서 쓸 수 없는 값입니다"), where, one_of(allowed)
    )
