import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pythonText } from "../meaning";
import { colour, spots } from "../replays/heat.paint";
import { flows, isNamed, nodeOf } from "./paths.flow";
import { escaped } from "./sankey";
import { lines, option } from "./trends.option";

const kind = fc.constantFrom("node", "others", "end");
const link = fc.record({ step: fc.nat(6), source: fc.string(), source_kind: kind, target: fc.string(), target_kind: kind, journeys: fc.nat() });

describe("ways as a picture", () => {
  it("go one column to the right each, forwards and backwards, so there is never a circle", () => {
    fc.assert(
      fc.property(fc.array(link), fc.boolean(), (links, backwards) => {
        const signed = links.map((one) => ({ ...one, step: backwards ? -one.step : one.step }));
        for (const flow of flows(signed, backwards)) {
          const column = (key: string) => Number(key.slice(0, key.indexOf(" ")));
          expect(column(flow.to) - column(flow.from)).toBe(1);
        }
      }),
    );
  });
  it("end in red only where the goal was not reached", () => {
    const end = { step: 0, source: "Order Completed", source_kind: "node", target: null, target_kind: "end", journeys: 3 };
    expect(flows([end], false, ["Order Placed", "Order Completed"])[0]?.tone).toBeUndefined();
    expect(flows([end], false, ["Checkout Started"])[0]?.tone).toBe("lost");
  });
  it("say which place a node is, whatever it is called", () => {
    fc.assert(
      fc.property(fc.nat(9), fc.string().filter(isNamed), (step, label) => {
        const [flow] = flows([{ step, source: label, source_kind: "node", target: null, target_kind: "end", journeys: 1 }], false);
        expect(nodeOf(flow?.from ?? "")).toEqual({ step, label });
      }),
    );
  });
});

describe("pictures", () => {
  it("never make markup of a name that came from outside", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"']/);
      }),
    );
  });
  it("draw what is not over yet apart, and what it is compared with dashed", () => {
    const series = ["a", "b", "c"].map((bucket, n) => ({ bucket, value: null, other: false, n, before: 2 * n }));
    const drawn = option({ lines: lines(series, () => "all"), buckets: ["a", "b", "c"], open: [false, false, true], compared: "before", bars: false, says: String, short: String });
    const all = [drawn.series ?? []].flat() as { data: (number | null)[]; lineStyle: { type?: string } }[];
    expect(all.map((one) => one.data)).toEqual([[0, 1], [null, 1, 2], [0, 2, 4]]);
    expect(all.map((one) => one.lineStyle.type)).toEqual([undefined, "dotted", "dashed"]);
  });
  it("put heat where it was, and colour it from cold to hot", () => {
    expect(spots([[25, 25, 3]], 100, 20, 1200)).toEqual([{ x: 306, y: 510, n: 3 }]);
    expect([colour(0), colour(1), colour(7)]).toEqual([[40, 90, 220], [220, 40, 40], [220, 40, 40]]);
  });
  it("write a question as Python reads it", () => {
    expect(pythonText({ kind: "funnel", where: null, first: true, steps: ["a'b"] })).toBe('{"kind": "funnel", "where": None, "first": True, "steps": ["a\'b"]}');
  });
});
