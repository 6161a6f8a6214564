"""Background work rests between its pieces, and no more once somebody waits for its end."""

from __future__ import annotations

import threading
import time

from dangol.app.manners import MOST, SMALL, Manners


def _took(manners: Manners, piece: float) -> float:
    start = time.monotonic()
    manners.rest(piece)
    return time.monotonic() - start


def test_it_rests_some_times_as_long_as_the_piece_took() -> None:
    assert _took(Manners(3.0), 2 * SMALL) >= 5.9 * SMALL


def test_a_small_piece_is_followed_by_the_next() -> None:
    assert _took(Manners(1_000_000.0), SMALL) < MOST


def test_who_rests_goes_on_at_once_when_it_is_hurried() -> None:
    manners = Manners(1_000.0)
    threading.Timer(0.05, manners.hurry).start()
    assert _took(manners, 1.0) < MOST
    assert _took(manners, 1.0) < MOST / 2


def test_between_traits_but_never_within_the_transaction_of_segments() -> None:
    rests: list[float] = []
    manners = Manners(1.0)
    manners.rest = rests.append  # type: ignore[method-assign]
    pieces = manners.pieces()
    time.sleep(0.02)
    pieces("traits", 1, 9)
    pieces("segments", 1, 9)
    pieces("traits", 2, 9)
    assert len(rests) == 2
    assert rests[0] >= 0.02 > rests[1]
