"""Customers whose truth is known (splink's fake_1000, FEBRL 1): joins on exact values, and how often they are right."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest

from tests.identity.shop import KINDS, Record, Shop

pytestmark = pytest.mark.real
DATA = Path(os.environ.get("DANGOL_DATA", Path(__file__).parents[2] / "../shared/data"))


def data(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not under DANGOL_DATA ({DATA.name})")
    return path


def short(kind: str, value: str) -> str:
    """A value as one of the shop's short names."""
    assert kind in KINDS
    return f"{kind}{int.from_bytes(hashlib.blake2b(value.encode(), digest_size=6).digest(), 'big')}"


def score(truth: dict[str, str], who: dict[str, int | None], own: dict[str, str]) -> tuple[float, float]:
    """Precision and recall over pairs of records."""
    found, true = defaultdict(set), defaultdict(set)
    for row, person in truth.items():
        found[who[own[row]]].add(row)
        true[person].add(row)
    said, real = ({p for g in groups for p in combinations(sorted(g), 2)} for groups in (found.values(), true.values()))
    return len(said & real) / len(said), len(said & real) / len(real)


def resolve(rows: Iterable[tuple[str, str, list[str]]]) -> tuple[float, float]:
    """Rows: record, person, identifiers. Each record also has a device of its own, so that it can be told apart."""
    shop, truth, own = Shop(), {}, {}
    records = []
    for row, person, names in rows:
        truth[row], own[row] = person, short("d", row)
        records.append(Record((own[row], *names)))
    shop.take(*records)
    return score(truth, shop.customers(), own)


def test_splink_fake_1000_by_email() -> None:
    with data("splink/fake_1000.csv").open(encoding="utf-8") as file:
        rows = [
            (r["unique_id"], r["cluster"], [short("e", r["email"])] if r["email"] else []) for r in csv.DictReader(file)
        ]
    precision, recall = resolve(rows)
    print(f"fake_1000 by e-mail: precision {precision:.3f}, recall {recall:.3f}")
    assert precision > 0.97
    equal, same = (
        Counter[tuple[str, str]](),
        Counter[str](),
    )  # second opinion: one identifier a record, so equal values and no more
    for _, person, names in rows:
        equal.update((person, n) for n in names)
        same[person] += 1
    pairs = sum(n * (n - 1) for n in equal.values()) / sum(n * (n - 1) for n in same.values())
    assert recall == pytest.approx(pairs)


def test_febrl_1_by_social_security_number() -> None:
    with gzip.open(data("febrl/dataset1.csv.gz"), "rt", encoding="utf-8") as file:
        rows = []
        for r in csv.DictReader(file, skipinitialspace=True):
            number = r["soc_sec_id"].strip()
            rows.append((r["rec_id"], r["rec_id"].split("-")[1], [short("p", number)] if number else []))
    precision, recall = resolve(rows)
    print(f"FEBRL 1 by number: precision {precision:.3f}, recall {recall:.3f}")
    assert precision > 0.97
    assert recall > 0.6
