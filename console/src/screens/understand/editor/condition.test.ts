import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { sayIn } from "../../../ui/words";
import { type Fields, isFields, pills, type Question } from "../question";
import { cleared, conditionText, filtersOf, ofValue, type Operator, operatorsOf, typed, withField, without } from "./condition";
import { between, daysOf, lengthOf, lengthText, UNITS } from "./period";
import { words } from "./words";

const t = sayIn(words, "en");
const names = (name: string) => name;
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z가-힣 ]{1,8}$/));
const breakdown = fc.tuple(fc.constantFrom("trait:stage", "trait:age", "property:channel", "property:place", "segment:regulars"), fc.constantFrom("in", "out", "web", null));

describe("filters", () => {
  it("are as many as were added about different things, and each can be taken away", () => {
    fc.assert(
      fc.property(fc.array(breakdown, { maxLength: 8 }), (all) => {
        const asked = all.reduce<Question>((before, [by, value]) => ofValue(before, by, value), { period: "all" });
        const found = filtersOf(asked, t, names);
        const about = new Set(all.map(([by, value]) => (by.startsWith("segment") ? `${by} ${value}` : by)));
        const segments = all.filter(([by]) => by.startsWith("segment")).length;
        expect(found.length).toBe([...about].filter((one) => !one.startsWith("segment")).length + segments);
        let rest = asked;
        for (let n = found.length; n > 0; n--) {
          const [first] = filtersOf(rest, t, names);
          if (first) rest = without(rest, first.place);
          expect(filtersOf(rest, t, names)).toHaveLength(n - 1);
        }
        expect(rest).toEqual({ period: "all" });
        expect(cleared(asked)).toEqual({ period: "all" });
      }),
    );
  });
  it("over the same field of events replace each other", () => {
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 4 }), (values) => {
        const asked = values.reduce<Question>((before, value) => withField(before, "channel", value), {});
        expect(asked["filter"]).toEqual({ channel: values.at(-1) });
      }),
    );
  });
  it("say something for every operator, in words and not in JSON", () => {
    const each: [Operator, string, string][] = [
      ["is", "web", "text"],
      ["is_not", "web", "text"],
      ["in", "web\napp", "text"],
      ["at_least", "3", "number"],
      ["at_most", "3", "number"],
      ["contains", "we", "text"],
      ["exists", "", "text"],
      ["missing", "", "text"],
    ];
    for (const [operator, text, type] of each) {
      const condition: Fields = { trait: "age", ...operatorsOf(operator, text, type, t) };
      const said = conditionText(condition, t, names);
      expect(said).toContain("trait:age");
      expect(said).not.toContain("{");
      expect(conditionText({ not: condition }, t, names)).toContain(said);
    }
  });
  it("keep what is no simple condition as it is, readable", () => {
    const rule: Fields = { any: [{ did: "Order Completed", at_least: "2 times" }, { in: "regulars" }] };
    expect(JSON.parse(conditionText(rule, t, names))).toEqual(rule);
    expect(pills(rule).every(isFields)).toBe(true);
  });
  it("read numbers as people type them", () => {
    expect([typed("1,200", "number", t), typed("x", "number", t), typed("yes", "bool", t), typed(" web ", "text", t)]).toEqual([1200, "x", true, "web"]);
  });
});

describe("periods and lengths", () => {
  it("of two days begin with the earlier one", () => {
    const day = fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true }).map((at) => at.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, day, (one, other) => {
        const days = daysOf(between(one, other) ?? "");
        expect(days && days.from <= days.to).toBe(true);
        expect([days?.from, days?.to].sort()).toEqual([one, other].sort());
      }),
    );
  });
  it("are read as they are written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.constantFrom(...UNITS), (n, unit) => {
        expect(lengthOf(lengthText({ n, unit }))).toEqual({ n, unit });
      }),
    );
    expect(lengthOf("3개월")).toBeUndefined();
  });
});
