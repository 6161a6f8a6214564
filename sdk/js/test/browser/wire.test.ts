import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, type World } from "./world.ts";

/** What the SDK says, kept for the collector's own tests (pytest reads it); DANGOL_UPDATE=1 writes it anew. */
const SPEC = join(import.meta.dirname, "../../../../spec/wire/browser.json");

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());

/** Ids, times, addresses and this browser's version, made the same on every run; the order of the events stays. */
const settled = (raw: string): any => {
  const ids = new Map<string, string>();
  const start = Date.parse("2026-11-22T03:00:00.000Z");
  return JSON.parse(
    raw
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}/g, (id) => {
        if (!ids.has(id)) ids.set(id, `00000000-0000-4000-8000-${String(ids.size + 1).padStart(12, "0")}`);
        return ids.get(id)!;
      })
      .replace(/"(timestamp|sentAt)":"[^"]+"/g, (_, name) => `"${name}":"${new Date(start + (name == "sentAt" ? 60_000 : 0)).toISOString()}"`)
      .replace(/"sessionId":\d+/g, `"sessionId":${start}`)
      .replace(/www\.shop\.test:\d+/g, "www.shop.test")
      .replace(/(?:Headless)?Chrome\/[\d.]+/g, "Chrome/150.0.0.0")
      .replace(/\([^)]*(Linux|Mac|Windows)[^)]*\)/g, "(X11; Linux x86_64)")
      .replace(/cdp\.shop\.test%3A\d+/g, "cdp.shop.test"),
  );
};

test("what the SDK sends is what the collector is tested with", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain?utm_source=naver&utm_medium=cpc&utm_campaign=가을", { wait: 600_000 }));
  await page.waitForFunction(() => (window as any).dangol.view);
  await page.evaluate(() => {
    const { dangol } = window as any;
    dangol.identify("u-1", { email: "kim@example.com", name: "김단골" });
    dangol.group("g-1", { name: "한강 상사" });
    dangol.search({ query: "등산화" });
    dangol.view({ product_id: "p1", name: "등산화", category: "신발", price: 129000, currency: "KRW" });
    dangol.add({ product_id: "p1", price: 129000, quantity: 1 });
    dangol.order({ order_id: "A-1", total: 129000, currency: "KRW", products: [{ product_id: "p1", price: 129000, quantity: 1 }] });
    dangol.refund({ order_id: "A-1", total: 129000, currency: "KRW" });
    dangol.page("Size guide", { category: "help" });
    dangol.track("Odd", { half: "\ud83d", big: 2n ** 63n, nan: NaN, deep: { a: [1, { b: null }] } });
    dangol.consent({ analytics: true, marketing: false }, { tcf: "CQtest", gpp: "DBtest" });
  });
  await page.fill("[name=email]", "hidden@example.com");
  await page.selectOption("[name=size]", "l");
  await page.click("[data-dangol=deaf]");
  await page.evaluate(() => (window as any).dangol.flush());
  await expect.poll(() => world.collector.heard.length).toBeGreaterThan(0);
  const found = settled(world.collector.heard[0]!.raw);
  if (process.env.DANGOL_UPDATE || !existsSync(SPEC)) writeFileSync(SPEC, JSON.stringify(found, null, 2) + "\n");
  expect(found).toEqual(JSON.parse(readFileSync(SPEC, "utf8")));
  await context.close();
});
