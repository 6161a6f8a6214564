import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Tile } from "../understand/boards";
import { drawn, inOrder, moved, placed, sized, WIDE, WIDTHS, without } from "./layout";

const tiles = fc.array(fc.record({ w: fc.integer({ min: 1, max: 12 }), h: fc.integer({ min: 1, max: 12 }) }), { maxLength: 12 }).map((all) =>
  placed(all.map(({ w, h }, n): Tile => ({ id: `t${n}`, question: {}, view: "auto", table: "", title: "", note: "", x: 0, y: 0, w, h }))),
);
const apart = (all: readonly Tile[]) =>
  all.every((a, n) => all.slice(n + 1).every((b) => a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y));

describe("tiles", () => {
  it("never lie over each other, nor out of the page", () => {
    fc.assert(
      fc.property(tiles, (all) => {
        expect(apart(all)).toBe(true);
        expect(all.every((tile) => tile.x >= 0 && tile.x + tile.w <= WIDE)).toBe(true);
      }),
    );
  });
  it("keep their order when they are placed", () => {
    fc.assert(
      fc.property(tiles, (all) => {
        expect(inOrder(all).map((tile) => tile.id)).toEqual(all.map((tile) => tile.id));
      }),
    );
  });
  it("go where they are moved, and nobody is lost", () => {
    fc.assert(
      fc.property(tiles, fc.nat(20), fc.integer({ min: -3, max: 20 }), (all, which, to) => {
        fc.pre(all.length > 0);
        const id = all[which % all.length]?.id ?? "";
        const next = moved(all, id, to);
        expect(next.findIndex((tile) => tile.id === id)).toBe(Math.max(0, Math.min(all.length - 1, to)));
        expect(next.map((tile) => tile.id).sort()).toEqual(all.map((tile) => tile.id).sort());
        expect(apart(next)).toBe(true);
        expect(without(next, id)).toHaveLength(all.length - 1);
      }),
    );
  });
  it("are as large as they are drawn, as near as the grid has it", () => {
    fc.assert(
      fc.property(tiles, fc.double({ min: -20, max: 40, noNaN: true }), fc.double({ min: -20, max: 40, noNaN: true }), (all, w, h) => {
        fc.pre(all.length > 0);
        const next = drawn(all, "t0", w, h);
        const tile = next.find((one) => one.id === "t0");
        expect(WIDTHS.every((one) => Math.abs((tile?.w ?? 0) - w) <= Math.abs(one - w))).toBe(true);
        expect(tile?.h).toBe(Math.min(12, Math.max(2, Math.round(h))));
        expect(apart(next)).toBe(true);
      }),
    );
  });
  it("grow and shrink within bounds", () => {
    fc.assert(
      fc.property(tiles, fc.integer({ min: -1, max: 1 }), fc.integer({ min: -3, max: 3 }), (all, wider, higher) => {
        fc.pre(all.length > 0);
        const next = sized(all, "t0", wider, higher);
        const tile = next.find((one) => one.id === "t0");
        expect(tile && tile.w >= 1 && tile.w <= WIDE && tile.h >= 2 && tile.h <= 12).toBe(true);
        expect(apart(next)).toBe(true);
      }),
    );
  });
});
