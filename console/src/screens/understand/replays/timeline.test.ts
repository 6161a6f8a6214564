import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { activity, busy, clock, leaves, lengthOf, locate, QUIET, type Recorded } from "./timeline";
import { placeOf } from "./one";

const page = (begins: number, moments: number[], path = "/"): { page: string; events: Recorded[] } => ({
  page: path,
  events: [
    { type: 4, timestamp: begins },
    { type: 2, timestamp: begins + 1 },
    ...moments.map((at) => ({ type: 3, timestamp: begins + at, data: { source: 2, type: 2 } })),
  ],
});
const pages = fc.array(
  fc.record({ begins: fc.integer({ min: 0, max: 1_000_000 }), moments: fc.array(fc.integer({ min: 2, max: 200_000 }), { maxLength: 30 }) }).map((one) => page(one.begins, one.moments)),
  { maxLength: 5 },
);

describe("a visit's own clock", () => {
  it("has every page after the one before, with no time between them", () => {
    fc.assert(
      fc.property(pages, (all) => {
        const found = leaves(all);
        let start = 0;
        for (const leaf of found) {
          expect(leaf.start).toBe(start);
          start += leaf.length;
        }
        expect(lengthOf(found)).toBe(start);
        expect([...found].sort((a, b) => a.begins - b.begins)).toEqual(found);
      }),
    );
  });
  it("finds the page of any moment, and the moment on it", () => {
    fc.assert(
      fc.property(pages, fc.integer({ min: -1000, max: 2_000_000 }), (all, at) => {
        const found = leaves(all);
        fc.pre(found.length > 0);
        const { leaf, offset } = locate(found, at);
        const here = found[leaf];
        expect(here).toBeDefined();
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(here?.length ?? 0);
        expect((here?.start ?? 0) + offset).toBe(Math.min(Math.max(0, at), lengthOf(found)));
      }),
    );
  });
  it("takes no longer without pauses, and a pause counts at most so much", () => {
    fc.assert(
      fc.property(pages, (all) => {
        expect(busy(leaves(all))).toBeLessThanOrEqual(lengthOf(leaves(all)));
      }),
    );
    expect(busy(leaves([page(0, [100_000])]))).toBe(QUIET);
  });
  it("shows where somebody did something", () => {
    const bars = activity(leaves([page(0, [10, 20, 9_990, 10_000])]), 10);
    expect(bars).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });
  it("leaves out what never showed a whole page", () => {
    expect(leaves([{ page: "/", events: [{ type: 3, timestamp: 5 }] }])).toEqual([]);
    expect(leaves([{ page: "/", events: [{ type: 3, timestamp: 1 }, ...page(5, [7]).events] }])[0]?.begins).toBe(5);
  });
  it("puts what happened on it, or nowhere", () => {
    const all = leaves([page(1_000_000, [5_000]), page(9_000_000, [1_000])]);
    expect(placeOf(all, 1_002_000)).toBe(2_000);
    expect(placeOf(all, 9_000_500)).toBe(5_500);
    expect(placeOf(all, 5_000_000)).toBeNull();
    expect(placeOf(all, Number.NaN)).toBeNull();
  });
  it("is read as people read clocks", () => {
    expect([0, 59_999, 61_000, 3_661_000].map(clock)).toEqual(["0:00", "0:59", "1:01", "1:01:01"]);
  });
});
