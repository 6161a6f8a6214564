import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formats } from "../../ui/format";
import { address, brief, type Fields, narrow, pills, plain, put, read, same, type Value, where, widen } from "./question";

const name = fc.string({ maxLength: 12 }).filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const question = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }) as fc.Arbitrary<Fields>;

describe("a question and its address", () => {
  it("comes back from its address as it was", () => {
    fc.assert(
      fc.property(question, (asked) => {
        const [, search = ""] = address("funnel", asked).split("?");
        expect(read(new URLSearchParams(search).get("q") ?? undefined)).toEqual(asked);
      }),
    );
  });
  it("makes something of any address, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (text) => {
        expect(read(text)).toBeTypeOf("object");
      }),
    );
  });
  it("says only what differs from the defaults, and means the same", () => {
    fc.assert(
      fc.property(question, question, (asked, defaults) => {
        const said = brief(asked, defaults);
        expect(same({ ...defaults, ...said }, { ...defaults, ...asked })).toBe(true);
        for (const field of Object.keys(said)) expect(same(said[field], defaults[field])).toBe(false);
      }),
    );
  });
  it("never lets an address reach the prototype", () => {
    expect(read('{"__proto__": {"polluted": true}, "a": 1}')).toEqual({ a: 1 });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
  it("does without numbers that JSON has no word for", () => {
    expect(plain({ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 1 })).toEqual({ c: 1 });
  });
});

describe("conditions", () => {
  const condition = fc.record({ trait: fc.constantFrom("age", "orders", "region"), at_least: fc.integer() }) as fc.Arbitrary<Fields>;
  it("are pills and back", () => {
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 5 }), (all) => {
        expect(pills(where(all))).toEqual(all);
      }),
    );
  });
  it("about the same trait replace each other; each can be taken away", () => {
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 6 }), (all) => {
        const asked = all.reduce<Fields>((before, one) => narrow(before, one), {});
        const traits = pills(asked["where"]).map((one) => (one as Fields)["trait"]);
        expect(new Set(traits).size).toBe(traits.length);
        expect(traits.length).toBe(new Set(all.map((one) => one["trait"])).size);
        const emptied = traits.reduce<Fields>((before) => widen(before, 0), asked);
        expect(emptied["where"]).toBeUndefined();
      }),
    );
  });
  it("keep what is no simple rule as it is", () => {
    const rule: Value = { any: [{ in: "regulars" }, { did: "Order Completed" }] };
    expect(pills(rule)).toEqual([rule]);
    expect(put({ where: rule }, "where", null)).toEqual({});
  });
});

it("the day is the shop's", () => {
  const at = Date.parse("2026-11-22T16:00:00Z");
  const days = ["UTC", "Asia/Seoul", "America/New_York"].map((timeZone) => formats("en", { timeZone, currency: "KRW" }).today(0, at));
  expect(days).toEqual(["2026-11-22", "2026-11-23", "2026-11-22"]);
});
