/** The builder loses nothing: what it reads it writes back, what it cannot draw it keeps, what is edited is what was meant. */
import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cardAt, find, inserted, moved, places, removed, replaced, shifted, unwrapped, wrapped } from "./edits";
import { diff } from "./diff";
import { copied } from "./make";
import { type Card, type Json, readCard, readRoot, type Root, same, writeCard, writeRoot } from "./tree";

type Cases = { examples: Record<string, Json>; drawn: Json[] };
const cases = JSON.parse(readFileSync("../spec/builder/cases.json", "utf-8")) as Cases;
const every: [string, Json][] = [...Object.entries(cases.examples), ...cases.drawn.map((body, i): [string, Json] => [`drawn ${i}`, body])];

const RAW = ["waterfall"];
const cards = (parts: readonly Card[]): Card[] => parts.flatMap((card) => [card, ...(card.kind === "group" ? cards(card.parts) : [])]);
const raws = (root: Root) => cards(root.parts).filter((card) => card.kind === "raw");

describe("rule → tree → rule", () => {
  it.each(every)("%s comes back as it was", (_, body) => {
    expect(writeRoot(readRoot(body))).toEqual(body);
    expect(writeCard(readCard(body))).toEqual(body);
  });
  it("draws every construct but those it says it does not", () => {
    const undrawn = Object.entries(cases.examples).filter(([, body]) => raws(readRoot(body)).length > 0);
    expect(undrawn.map(([name]) => name)).toEqual(RAW);
  });
  it("keeps anything at all", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (body) => {
        expect(same(writeRoot(readRoot(body as Json)), body as Json)).toBe(true);
      }),
    );
  });
  it("keeps rules with something foreign in them", () => {
    const odd = fc.constantFrom("did", "trait", "where", "in", "not", "all", "any", "within", "since", "of", "sum", "top", "by", "n", "between", "zzz");
    const value: fc.Arbitrary<Json> = fc.letrec((tie) => ({
      any: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(tie("any"), { maxLength: 3 }), fc.dictionary(odd, tie("any"), { maxKeys: 3 })),
    })).any as fc.Arbitrary<Json>;
    fc.assert(fc.property(value, (body) => { expect(same(writeRoot(readRoot(body)), body)).toBe(true); }), { numRuns: 500 });
  });
});

describe("editing", () => {
  const some = fc.constantFrom(...every.map(([, body]) => body)).map((body) => readRoot({ all: [body, { trait: "vip", is: true }, body] }));
  it("takes back what it did", () => {
    fc.assert(
      fc.property(some, fc.nat(), (root, n) => {
        const all = cards(root.parts);
        const card = all[n % all.length] as Card;
        const before = writeRoot(root);
        expect(writeRoot(replaced(root, card.id, card))).toEqual(before);
        const group = wrapped(root, card.id);
        const outer = cards(group.parts).find((c) => c.kind === "group" && c.parts.some((p) => p.id === card.id)) as Card;
        expect(writeRoot(unwrapped(group, outer.id))).toEqual(before);
        const down = shifted(root, card.id, 1);
        if (writeRoot(down) !== before) expect(cards(down.parts).length).toBe(all.length);
      }),
    );
  });
  it("puts in one and takes out one", () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...every.map(([, body]) => body)), (root, body) => {
        const card = readCard(body);
        const more = inserted(root, null, card);
        expect(find(more, card.id)).not.toBeNull();
        expect(writeRoot(removed(more, card.id))).toEqual(writeRoot(root));
      }),
    );
  });
  it("moves a card into a group and never into itself", () => {
    const root = readRoot({ all: [{ trait: "a", is: 1 }, { any: [{ trait: "b", is: 1 }, { trait: "c", is: 1 }] }] });
    const [a, group] = root.parts as [Card, Card];
    expect(writeRoot(moved(root, a.id, group.id))).toEqual({ all: [{ any: [{ trait: "b", is: 1 }, { trait: "c", is: 1 }, { trait: "a", is: 1 }] }] });
    expect(moved(root, group.id, group.id)).toBe(root);
  });
  it("gives a copy ids of its own", () => {
    const card = readCard(cases.examples["sequence"] as Json);
    const again = copied(card);
    expect(again.id).not.toBe(card.id);
    expect(writeCard(again)).toEqual(writeCard(card));
  });
});

describe("places of problems", () => {
  it("finds the card the server means", () => {
    const root = readRoot({ all: [{ trait: "a", is: 1 }, { not: { any: [{ trait: "b", is: 1 }, { did: "c", at_least: 1 }] } }] });
    const found = places(root);
    const not = root.parts[1] as Card & { parts: Card[] };
    expect(cardAt(found, "where.all[0].trait")).toBe(root.parts[0]?.id);
    expect(cardAt(found, "where.all[1].not.any[1].within")).toBe(not.parts[1]?.id);
    expect(cardAt(found, "where.all[1]")).toBe(not.id);
    expect(cardAt(found, "segments.x.says")).toBeNull();
    expect(cardAt(places(readRoot({ trait: "a", is: 1 })), "where.trait")).not.toBeNull();
  });
});

describe("what changed between two texts", () => {
  it("gives back both texts", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c: 1", "  - d"), { maxLength: 12 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diff(before, after);
        const side = (sign: string) => lines.filter((l) => l.sign !== sign).map((l) => l.text).join("\n");
        expect(side("+").trim()).toBe(before.trim());
        expect(side("-").trim()).toBe(after.trim());
        if (before === after) expect(lines.every((l) => l.sign === " ")).toBe(true);
      }),
    );
  });
});
