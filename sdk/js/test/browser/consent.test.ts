import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { open, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());
beforeEach(() => {
  world.collector.heard = [];
});

const left = (page: any) => page.evaluate(() => ({ cookie: document.cookie, kept: Object.keys(localStorage).sort() }));

test("until the visitor answers nothing is captured, stored or sent; then what the shop said meanwhile is", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain", { consent: "required" }));
  await page.evaluate(() => (window as any).dangol.view({ product_id: "p1" }));
  await page.click("#secret");
  await page.waitForTimeout(600);
  expect(world.collector.heard).toEqual([]);
  expect(await left(page)).toEqual({ cookie: "", kept: [] });
  expect(await page.evaluate(() => (window as any).dangol.consent())).toBeUndefined();
  await page.evaluate(() => (window as any).dangol.consent({ analytics: true, marketing: false }, { tcf: "CQtest", gpp: "DBtest" }));
  await world.collector.until("Consent Updated");
  await world.collector.until("page");
  const calls = world.collector.calls();
  expect(calls.map((c) => c.event || c.type)).toEqual(["Product Viewed", "page", "Consent Updated"]);
  for (const call of calls)
    expect(call.context).toMatchObject({ consent: { categoryPreferences: { analytics: true, marketing: false } }, tcf: "CQtest", gpp: "DBtest" });
  expect(new Set(calls.map((c) => c.anonymousId)).size).toBe(1);
  // the answer is remembered
  await page.reload();
  await world.collector.until("page", 2);
  await context.close();
});

test("a refusal leaves nothing but itself", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain", { consent: "required" }));
  await page.evaluate(() => {
    (window as any).dangol.view({ product_id: "p1" });
    (window as any).dangol.consent({ analytics: false });
    (window as any).dangol.track("After");
  });
  await page.click("#secret");
  await page.reload();
  await page.waitForTimeout(500);
  await page.goto("about:blank");
  expect(world.collector.heard).toEqual([]);
  await page.goto(world.address("plain", { consent: "required" }));
  expect(await left(page)).toEqual({ cookie: "", kept: ["dangol.consent"] });
  await context.close();
});

test("a withdrawal is the last thing heard of the visitor, in every tab", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  const other = await context.newPage();
  await other.goto(world.address("plain"));
  await world.collector.until("page", 2);
  await page.evaluate(() => (window as any).dangol.consent({ analytics: false }));
  const [told] = await world.collector.until("Consent Updated");
  expect(told.context.consent).toEqual({ categoryPreferences: { analytics: false } });
  await other.waitForTimeout(300);
  world.collector.heard = [];
  for (const tab of [page, other]) {
    await tab.evaluate(() => {
      (window as any).dangol.track("Later");
      history.pushState({}, "", "/later");
    });
    await tab.click("#secret");
  }
  await other.waitForTimeout(400);
  const seen = await left(page);
  await page.close();
  await other.close();
  await new Promise((r) => setTimeout(r, 300));
  expect(world.collector.heard).toEqual([]);
  expect(seen).toEqual({ cookie: "", kept: ["dangol.consent"] });
  await context.close();
});

test("a yes after a no begins anew: another id, each thing captured once", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  const [before] = await world.collector.until("page");
  await page.evaluate(() => {
    (window as any).dangol.consent({ analytics: false });
    (window as any).dangol.consent({ analytics: true });
  });
  const views = await world.collector.until("page", 2);
  expect(views[1].anonymousId).not.toBe(before.anonymousId);
  await page.click("#secret");
  await page.evaluate(() => history.pushState({}, "", "/shoes"));
  await world.collector.until("page", 3);
  await page.waitForTimeout(300);
  expect(world.collector.named("Element Clicked").length).toBe(1);
  expect(world.collector.calls().filter((c) => c.type == "page").length).toBe(3);
  await context.close();
});

test("Global Privacy Control is a no, until the visitor says yes here; the signal stays on the events", async () => {
  const { context, page } = await world.visitor((made) =>
    made.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true })),
  );
  await page.goto(world.address("plain"));
  await page.click("#secret");
  await page.evaluate(() => (window as any).dangol.track("Early"));
  await page.waitForTimeout(500);
  expect(world.collector.heard).toEqual([]);
  expect(await page.evaluate(() => (window as any).dangol.consent())).toBe(false);
  await page.evaluate(() => (window as any).dangol.consent({ analytics: true }));
  const [view] = await world.collector.until("page");
  expect(view.context.gpc).toBe(true);
  expect(world.collector.named("Early")).toEqual([]);
  await context.close();
});
