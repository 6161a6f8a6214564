"""What a rule rests on: what must be fresh before it is asked, and what it must be asked again after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dangol.rules.catalog import Catalog, segment_body
from dangol.rules.check import segments_of
from dangol.rules.nodes import Consent, Day, Did, Node, Rank, Reachable, Sequence, Top, Trait, children
from dangol.rules.parse import Rule, parse


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Names a rule refers to.

    any_event: some condition counts events of any name. ranks: other customers decide too.
    """

    traits: frozenset[str]
    segments: frozenset[str]
    events: frozenset[str]
    any_event: bool = False
    items: bool = False
    consents: bool = False
    identifiers: bool = False
    ranks: bool = False


def dependencies(rule: Rule | Node, catalog: Catalog | None = None) -> Dependencies:
    """What the rule itself names; with a catalog also what the segments it names rest on."""
    roots = [rule.root if isinstance(rule, Rule) else rule]
    segments = set(segments_of(roots[0]))
    if catalog is not None:
        queue = sorted(segments)
        while queue:
            name = queue.pop()
            root = parse(segment_body(catalog.segments[name]), catalog, where=name, name=name).root
            roots.append(root)
            fresh = segments_of(root) - segments
            segments |= fresh
            queue.extend(sorted(fresh))
    nodes = [node for root in roots for node in leaves(root)]
    dids = [d for node in nodes for d in _dids(node)]
    return Dependencies(
        traits=frozenset(name for node in nodes for name in _trait_of(node)),
        segments=frozenset(segments),
        events=frozenset(name for d in dids for name in d.names),
        any_event=any(not d.names for d in dids),
        items=any(d.of == "items" for d in dids),
        consents=any(isinstance(n, Consent) for n in nodes),
        identifiers=any(isinstance(n, Reachable) for n in nodes),
        ranks=any(isinstance(n, Top | Rank) for n in nodes),
    )


def leaves(node: Node) -> Iterator[Node]:
    """The conditions a rule combines, in the order they are written."""
    parts = children(node)
    if not parts:
        yield node
    for part in parts:
        yield from leaves(part)


def _trait_of(node: Node) -> Iterator[str]:
    match node:
        case Trait(name) | Top(name) | Rank(name) | Day(name):
            yield name


def _dids(node: Node) -> Iterator[Did]:
    match node:
        case Did():
            yield node
            if node.since is not None:
                yield node.since
        case Sequence(steps):
            for step in steps:
                yield step.did
                if step.not_between is not None:
                    yield step.not_between
