import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { address, ApiError } from "../src/api/client";
import { csv } from "../src/ui/csv";
import { formats, readMoment } from "../src/ui/format";
import { match } from "../src/ui/room";
import { readSearch, writeSearch } from "../src/ui/view";
import { sayIn, type Words } from "../src/ui/words";

describe("csv", () => {
  /** A plain reading of RFC 4180, as a second opinion. */
  function read(text: string): string[][] {
    const rows: string[][] = [];
    let [row, cell, quoted] = [[] as string[], "", false];
    const letters = [...text].slice(1);
    for (let i = 0; i < letters.length; i++) {
      const [letter, next] = [letters[i] ?? "", letters[i + 1]];
      if (quoted && letter === '"' && next === '"') (cell += '"'), i++;
      else if (letter === '"') quoted = !quoted;
      else if (!quoted && letter === ",") row.push(cell), (cell = "");
      else if (!quoted && letter === "\r" && next === "\n") rows.push([...row, cell]), ([row, cell] = [[], ""]), i++;
      else cell += letter;
    }
    return rows;
  }

  it("is read back as it was", () => {
    const cell = fc.string({ unit: "grapheme" }).filter((text) => !/^[=+\-@\t\r]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 })), (rows) => {
        expect(read(csv(["a", "b"], rows))).toEqual([["a", "b"], ...rows]);
      }),
    );
  });

  it("runs no formula and reads as Hangul in a spreadsheet", () => {
    expect(csv(["이름"], [["=1+1"], ["단골"], [null], [3]])).toBe("\uFEFF이름\r\n'=1+1\r\n단골\r\n\r\n3\r\n");
  });
});

describe("the address", () => {
  it("holds a view and gives it back", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: "grapheme" })), (view) => {
        expect({ ...readSearch(writeSearch(view).slice(1)) }).toEqual({ ...view });
      }),
    );
  });

  it("leaves out what is empty", () => {
    expect(address("/v1/x", { a: "", b: null, c: undefined, d: 0, e: false, f: "가" })).toBe("/v1/x?d=0&e=false&f=%EA%B0%80");
    expect(writeSearch({ a: "", b: null, c: 1 })).toBe("?c=1");
  });

  it("finds a room's screen", () => {
    expect(match(":customer", "C12")).toEqual({ customer: "C12" });
    expect(match("", "")).toEqual({});
    expect(match("new", "old")).toBeNull();
    expect(match(":a/edit", "x/edit")).toEqual({ a: "x" });
    expect(match(":a", "x/y")).toBeNull();
  });
});

describe("formats", () => {
  const seoul = { timeZone: "Asia/Seoul", currency: "KRW" };
  it("reads moments without a zone as UTC, and shows the shop's clock", () => {
    expect(readMoment("2026-11-21T16:00:00")?.toISOString()).toBe("2026-11-21T16:00:00.000Z");
    expect(readMoment("2026-11-21T16:00:00+09:00")?.toISOString()).toBe("2026-11-21T07:00:00.000Z");
    expect(formats("ko", seoul).date("2026-11-21T16:00:00")).toBe("2026년 11월 22일");
    expect(formats("en", { ...seoul, timeZone: "America/New_York" }).moment("2026-11-21T16:00:00")).toBe("Nov 21, 2026, 11:00");
    expect(formats("en", { ...seoul, timeZone: "Pacific/Honolulu" }).day("2026-11-22")).toBe("Nov 22, 2026");
  });

  it("writes numbers as people do", () => {
    const [ko, en] = [formats("ko", seoul), formats("en", { timeZone: "UTC", currency: "USD" })];
    expect(ko.money(12900)).toBe("₩12,900");
    expect(en.money("12.5")).toBe("$12.50");
    expect(ko.short(123456)).toBe("12.3만");
    expect(en.percent(0.1234)).toBe("12.3%");
    expect(en.signedPercent(0.05)).toBe("+5%");
    expect([en.number(null), en.date(""), en.whole(undefined)]).toEqual(["–", "–", "–"]);
    expect(en.bytes(1_234_567)).toBe("1.2 MB");
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    expect(formats("en", seoul).ago("2026-11-22T11:59:40", now)).toBe("just now");
    expect(formats("en", seoul).ago("2026-11-22T11:00:00", now)).toBe("1 hour ago");
    expect(formats("ko", seoul).ago("2026-11-21T12:00:00", now)).toBe("어제");
  });
});

describe("words", () => {
  const words = { en: { n_one: "{n} customer", n_other: "{n} customers", of: "{a} of {b}" }, ko: { n_one: "고객 {n}명", n_other: "고객 {n}명", of: "{b} 중 {a}" } } satisfies Words;
  it("count, and take what is given as it is", () => {
    expect([0, 1, 2, 12345].map((n) => sayIn(words, "en")("n", { n }))).toEqual(["0 customers", "1 customer", "2 customers", "12,345 customers"]);
    expect(sayIn(words, "ko")("n", { n: 1 })).toBe("고객 1명");
    expect(sayIn(words, "en")("of", { a: "<b>", b: "{a}" })).toBe("<b> of {a}");
  });
});

it("an error keeps what the server said", () => {
  const error = new ApiError(409, { code: "changed", message: "somebody was faster", where: "version", current: 3 });
  expect([error.code, error.message, error.where, error.hint, error.body["current"]]).toEqual(["changed", "somebody was faster", "version", undefined, 3]);
  expect(new ApiError(0, {}).code).toBe("offline");
});
