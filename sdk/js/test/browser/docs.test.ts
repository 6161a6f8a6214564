import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SHOP } from "../../src/shop.ts";
import { open, type World } from "./world.ts";

const SRC = join(import.meta.dirname, "../../src");
const DOCS = readFileSync(join(import.meta.dirname, "../../../../docs/sdk-js.md"), "utf8");
const source = readdirSync(SRC).map((f) => readFileSync(join(SRC, f), "utf8")).join("\n");

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());

test("the examples of the documentation run, and each sends what it says", async () => {
  const blocks = [...DOCS.matchAll(/^```js\n(.*?)^```/gms)].map((m) => m[1]!);
  expect(blocks.length).toBe(2);
  const { context, page, faults } = await world.visitor();
  const warnings: string[] = [];
  page.on("console", (m) => m.type() == "warning" && warnings.push(m.text()));
  await page.goto(world.address("plain", { consent: "required" }));
  await page.waitForFunction(() => (window as any).dangol.booted);
  await page.evaluate(`${blocks[0]};${blocks[1]}`);
  await world.collector.until("Order Completed");
  await world.collector.until("page", 2);
  expect(world.collector.calls().map((c) => c.event || c.type).sort()).toEqual(
    ["Consent Updated", "Order Completed", "Product Added", "Product Viewed", "Store Locator Opened", "group", "identify", "page", "page"].sort(),
  );
  expect([...faults, ...warnings]).toEqual([]);
  await context.close();
});

test("every event, call, setting and attribute stands in the documentation", () => {
  const events = [...source.matchAll(/track\("([A-Z][\w ]+)"/g)].map((m) => m[1]!);
  expect(events.length).toBeGreaterThan(7);
  const settings = [...readFileSync(join(SRC, "types.ts"), "utf8").match(/interface Settings \{(.*?)^\}/ms)![1]!.matchAll(/^ {2}(\w+)\??:/gm)].map((m) => m[1]!);
  expect(settings.length).toBeGreaterThan(7);
  const attributes = [...source.matchAll(/data-dangol[\w-]*/g)].map((m) => m[0]);
  const missing = [
    ...[...events, ...settings, ...attributes].filter((name) => !DOCS.includes(`\`${name}`)),
    ...Object.entries(SHOP).filter(([call, event]) => !DOCS.includes(`\`${call}\` | ${event} `)).map(([call]) => call),
  ];
  expect(missing).toEqual([]);
});
