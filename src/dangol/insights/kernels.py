"""The compiled inner loops of questions about order. Imported only where there is enough to do: numba takes half a second.

Every loop goes through the rows of customers lo … hi, each customer's in the order of (at, event_id). `lut[code]` says what a
row is: bits of the steps it matches, 0 for none, −1 for a row that does not count at all. Times are microseconds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
MOST_STEPS = 16
NONE = np.iinfo(np.int64).min


@njit(nogil=True, cache=True)
def funnel(
    lo: int, hi: int, starts: Ints, at: Ints, codes: Codes, lut: Codes, keep: Bools, k: int, window: int, begin: int,
    end: int, last: int, strict: bool, level: Codes, gaps: Ints, totals: Ints,
) -> int:  # fmt: skip
    """`level[c]`: furthest step; `gaps[c, j]` and `totals[c, j]`: time since the step before and since the first, of the first
    attempt to reach step j + 1. Returns how many rows were read."""
    read = 0
    first = np.zeros(MOST_STEPS, np.int64)
    seen = np.zeros(MOST_STEPS, np.int64)
    valid = np.zeros(MOST_STEPS, np.bool_)
    for c in range(lo, hi):
        if not keep[c]:
            continue
        valid[:] = False
        best = 0
        for r in range(starts[c], starts[c + 1]):
            t = at[r]
            if t < begin:
                continue
            if t >= last:
                break
            bits = lut[codes[r]]
            if bits < 0 or (bits == 0 and not strict):
                continue
            read += 1
            for j in range(k - 1, 0, -1):
                hit = (bits >> j) & 1 and valid[j - 1] and t - first[j - 1] <= window
                if hit:
                    if best <= j:
                        best = j + 1
                        gaps[c, j] = t - seen[j - 1]
                        totals[c, j] = t - first[j - 1]
                    first[j] = first[j - 1]
                    seen[j] = t
                    valid[j] = True
                elif strict:
                    valid[j] = False
            if bits & 1 and t < end:
                first[0] = t
                seen[0] = t
                valid[0] = True
                if best == 0:
                    best = 1
            elif strict:
                valid[0] = False
        level[c] = best
    return read


@njit(nogil=True, cache=True)
def unordered(
    lo: int, hi: int, starts: Ints, at: Ints, codes: Codes, lut: Codes, keep: Bools, k: int, window: int, begin: int,
    end: int, last: int, level: Codes,
) -> int:  # fmt: skip
    """`level[c]`: the most different steps within the window from one of them on. Returns how many rows were read."""
    read = 0
    ahead = np.zeros(MOST_STEPS, np.int64)
    for c in range(lo, hi):
        if not keep[c]:
            continue
        ahead[:] = NONE
        best = 0
        for r in range(starts[c + 1] - 1, starts[c] - 1, -1):
            t = at[r]
            if t >= last:
                continue
            if t < begin:
                break
            bits = lut[codes[r]]
            if bits <= 0:
                continue
            read += 1
            n = 0
            for j in range(k):
                if (bits >> j) & 1:
                    ahead[j] = t
                if ahead[j] != NONE and ahead[j] - t <= window:
                    n += 1
            if t < end and n > best:
                best = n
        level[c] = best
    return read


@njit(nogil=True, cache=True)
def retention(
    lo: int, hi: int, starts: Ints, at: Ints, codes: Codes, lut: Codes, keep: Bools, edges: Ints, columns: Codes, first: bool,
    begin: int, end: int, last: int, rolling: bool, sizes: Ints, cells: Ints,
) -> int:  # fmt: skip
    """`sizes[b]`: customers who began in bucket b; `cells[b, column]`: those of them who came back.

    :param edges: beginnings of buckets, and the end of the last. :param columns: intervals later → column, −1 for none.
    """
    read = 0
    n = len(edges) - 1
    begun = np.full(n, -1, np.int64)  # bucket → row of the customer's first start in it
    came = np.full(n, -1, np.int64)  # bucket → row of the last return in it
    mine = np.zeros(n, np.int64)
    back = np.zeros(n, np.int64)
    width = cells.shape[1]
    hit = np.full(width, -1, np.int64)
    stamp = 0
    for c in range(lo, hi):
        if not keep[c]:
            continue
        n_mine = 0
        n_back = 0
        found = False
        b = 0
        for r in range(starts[c], starts[c + 1]):
            t = at[r]
            if t >= last:
                break
            if t < begin and not first:
                continue
            bits = lut[codes[r]]
            if bits <= 0:
                continue
            read += 1
            if t < edges[0]:
                if bits & 1:
                    found = True
                continue
            while b < n - 1 and t >= edges[b + 1]:
                b += 1
            if bits & 1 and not (first and found):
                found = True
                if t >= begin and t < end and begun[b] < 0:
                    begun[b] = r
                    mine[n_mine] = b
                    n_mine += 1
            if bits & 2:
                if came[b] < 0:
                    back[n_back] = b
                    n_back += 1
                came[b] = r
        for i in range(n_mine):
            home = mine[i]
            sizes[home] += 1
            stamp += 1
            furthest = -1
            for q in range(n_back):
                there = back[q]
                if there < home or came[there] <= begun[home]:
                    continue
                column = columns[there - home]
                if column < 0:
                    continue
                if rolling:
                    if column > furthest:
                        furthest = column
                elif hit[column] != stamp:
                    hit[column] = stamp
                    cells[home, column] += 1
            for column in range(furthest + 1):
                cells[home, column] += 1
        for i in range(n_mine):
            begun[mine[i]] = -1
        for i in range(n_back):
            came[back[i]] = -1
    return read


@njit(nogil=True, cache=True)
def walk(
    lo: int, hi: int, starts: Ints, at: Ints, codes: Codes, lut: Codes, labels: Codes, keep: Bools, begin: int, end: int,
    gap: int, depth: int, anchored: bool, backwards: bool, names: Codes, nodes: Ints, links: Ints,
) -> int:  # fmt: skip
    """`nodes[pos, label]` journeys that saw it there; `links[pos, here, there]` by `names[pos, label]` (when links has rows).

    Bit 2 of `lut` is the anchor. `there` is `links.shape[2] − 1` where a journey ends.
    """
    read = 0
    trail = np.zeros(depth + 1, np.int64)
    counting = links.shape[0] > 0
    ending = links.shape[2] - 1 if counting else 0
    for c in range(lo, hi):
        if not keep[c]:
            continue
        r = starts[c]
        stop = starts[c + 1]
        previous = NONE
        n = 0
        total = 0
        last_label = -1
        home = not anchored
        done = False
        while r <= stop:
            use = False
            fresh = True
            if r < stop:
                t = at[r]
                bits = lut[codes[r]]
                use = t >= begin and t < end and bits >= 0 and labels[r] >= 0
                if use:
                    read += 1
                    fresh = previous == NONE or t - previous > gap
            if (use and fresh and previous != NONE) or r == stop:  # the journey before is over
                if home and n > 0:
                    for i in range(n):
                        place = (total - 1 - i) % (depth + 1) if backwards and anchored else i
                        label = trail[place]
                        if not counting:
                            nodes[i, label] += 1
                        elif i < depth:
                            if i + 1 < n:
                                onward = (total - 2 - i) % (depth + 1) if backwards and anchored else i + 1
                                links[i, names[i, label], names[i + 1, trail[onward]]] += 1
                            else:
                                links[i, names[i, label], ending] += 1
                n = 0
                total = 0
                last_label = -1
                home = not anchored
                done = False
            if use:
                flag = (bits >> 2) & 1
                if not done and (labels[r] != last_label or (anchored and flag)):
                    if backwards and anchored:
                        trail[total % (depth + 1)] = labels[r]
                        total += 1
                        if n < depth + 1:
                            n += 1
                        if flag:
                            home = True
                            done = True
                    else:
                        if anchored and flag:
                            home = True
                        if home and n < depth + 1:
                            trail[n] = labels[r]
                            n += 1
                last_label = labels[r]
                previous = t
            r += 1
    return read


@njit(nogil=True, cache=True)
def breaks(
    lo: int, hi: int, starts: Ints, at: Ints, codes: Codes, lut: Codes, labels: Codes, amounts: Ints, keep: Bools, begin: int,
    end: int, gap: int, over: int, passed: Ints, broke: Ints, won: Ints, worth: Ints,
) -> None:  # fmt: skip
    """By label: journeys that saw it, ended there without the goal (bit 1 of `lut`), reached the goal later, and its worth."""
    size = len(passed)
    stamp = np.zeros(size, np.int64)
    has = np.zeros(size, np.bool_)
    value = np.zeros(size, np.int64)
    met = np.zeros(size, np.int64)
    journey = 0
    for c in range(lo, hi):
        if not keep[c]:
            continue
        r = starts[c + 1] - 1
        n = 0
        later = NONE
        goal = False
        ahead = 0
        ended = 0
        tail = -1
        while r >= starts[c] - 1:
            use = False
            cut = r < starts[c]
            if not cut:
                t = at[r]
                bits = lut[codes[r]]
                use = t >= begin and t < end and bits >= 0 and labels[r] >= 0
                cut = use and (later == NONE or later - t > gap)
            if cut:
                for i in range(n):
                    label = met[i]
                    passed[label] += 1
                    if has[label]:
                        won[label] += 1
                        worth[label] += value[label]
                    elif label == tail and ended < over:
                        broke[label] += 1
                journey += 1
                n = 0
                goal = False
                ahead = 0
                if use:
                    ended = t
                    tail = labels[r] if not (bits >> 1) & 1 else -1
            if use:
                later = t
                if (bits >> 1) & 1:
                    goal = True
                    if amounts[r] != NONE:
                        ahead += amounts[r]
                else:
                    label = labels[r]
                    if stamp[label] != journey:
                        stamp[label] = journey
                        met[n] = label
                        n += 1
                    has[label] = goal
                    value[label] = ahead
            r -= 1
