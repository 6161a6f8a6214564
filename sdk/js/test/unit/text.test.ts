import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, cut, json, scrub, tidy, uuid } from "../../src/text.ts";

test("ids are random version 4 UUIDs", () => {
  const made = Array.from({ length: 2000 }, uuid);
  expect(new Set(made).size).toBe(2000);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a cut never leaves half of a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, most) => {
      const short = cut(text, most);
      expect(text.startsWith(short)).toBe(true);
      expect([...short].length).toBeLessThanOrEqual(most);
      expect(short.isWellFormed()).toBe(true);
    }),
  );
});

test("what is written is JSON in UTF-8 whatever it is made of, and is counted as Buffer counts it", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), fc.string({ unit: "binary" }), (value, text) => {
      const written = json({ value, text })!;
      expect(JSON.parse(written).text).toBe(text.toWellFormed());
      expect(bytes(written)).toBe(Buffer.byteLength(written));
      // no escaped surrogate is left without its other half
      expect(written.replace(/\\\\/g, "")).not.toMatch(/\\ud[89a-f]/);
    }),
  );
  const round: Record<string, unknown> = {};
  round.self = round;
  expect(json(round)).toBeUndefined();
  expect(json({ get broken() { throw new Error("no"); } })).toBeUndefined();
});

describe("addresses", () => {
  test.each([
    ["https://a.kr/?email=kim&page=2", "https://a.kr/?email=*&page=2"],
    ["/x?q=kim@a.kr", "/x?q=*"],
    ["/x?q=kim%40a.kr#tel=1", "/x?q=*#tel=*"],
    ["/x?m=010-1234-5678&n=01012345678&o=%2B821012345678", "/x?m=*&n=*&o=*"],
    ["/x?product_code=10-123&q=신발&coupon_code=A&hotel=3", "/x?product_code=10-123&q=신발&coupon_code=A&hotel=3"],
    ["/cb?code=abc&state=1&access_token=9", "/cb?code=*&state=1&access_token=*"],
    ["/x?name=kim&user_name=a&lastName=b&category_name=shoes&password=1", "/x?name=*&user_name=*&lastName=*&category_name=shoes&password=*"],
    ["/plain", "/plain"],
    ["", ""],
  ])("%s", (url, kept) => expect(scrub(url)).toBe(kept));
});

test("what a button says keeps no address and no number of a person", () => {
  expect(tidy("  장바구니에\n  담기 ")).toBe("장바구니에 담기");
  expect(tidy("kim@a.kr 님 010-1234-5678 / 39,000원")).toBe("* 님 * / 39,000원");
  expect([...tidy("가".repeat(200))].length).toBe(64);
});
