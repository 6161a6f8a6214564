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

const parts = () => world.collector.heard.filter((h) => h.path == "/v1/replay");
const fetched = (page: any): Promise<boolean> => page.evaluate(() => performance.getEntriesByType("resource").some((e) => e.name.includes("dangol-replay")));

test("a recording holds shapes, not words, but for what the shop has unmasked", async () => {
  const { context, page, faults } = await world.visitor();
  await page.goto(world.address("private?email=secret@example.com", { replay: 1 }));
  await world.collector.until("page");
  await page.waitForFunction(() => (window as any).dangolReplay);
  await page.waitForTimeout(300);
  await page.fill("#typed", "비밀입력");
  await page.fill("#open", "보이는입력");
  await page.fill("#pass", "비밀암호");
  await page.check("#tick");
  await page.evaluate(() => {
    const item = document.createElement("li");
    item.textContent = "비밀추가";
    item.title = "비밀추가풀이";
    document.querySelector("#list")!.append(item, document.createComment("비밀추가주석"));
    document.querySelector("img")!.setAttribute("alt", "비밀새대체글");
    document.querySelector("h1")!.firstChild!.nodeValue = "비밀새이름";
    document.title = "비밀새제목";
  });
  await page.waitForTimeout(600);
  await page.goto("about:blank");
  await expect.poll(() => parts().length).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  const sent = parts();
  expect(sent.map((p) => p.headers["content-encoding"])).toEqual(sent.map(() => undefined));
  expect(world.collector.heard.filter((h) => h.method == "OPTIONS")).toEqual([]);
  const text = sent.map((p) => p.raw).join();
  expect(text).not.toMatch(/비밀|secret@|secret%40/);
  for (const open of ["보이는공지", "보이는풀이", "보이는입력"]) expect(text).toContain(open);
  expect(text).not.toContain("blocked-inside");
  const events = sent.flatMap((p) => p.body.events);
  expect(events.filter((e: any) => e.type == 4).length).toBe(1);
  expect(events.filter((e: any) => e.type == 2).length).toBe(1);
  // what makes the page look like itself is there
  expect(text).toContain("M0 0L10 10");
  expect(text).toContain("rgb(1, 2, 3)");
  const ticked = events.filter((e: any) => e.type == 3 && e.data.source == 5).map((e: any) => e.data.isChecked);
  expect(ticked.length).toBeGreaterThan(2);
  expect(ticked).not.toContain(true);
  const first = sent[0]!.body;
  expect(sent.map((p) => p.body.part)).toEqual(sent.map((_, n) => n));
  expect(first).toMatchObject({ writeKey: "wk_test", page: { path: "/private" } });
  const [view] = await world.collector.until("page");
  expect([first.anonymousId, first.sessionId]).toEqual([view.anonymousId, view.context.sessionId]);
  await context.close();
});

test("parts are packed and follow each other while the page is used", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("private", { replay: 1 }));
  await page.waitForFunction(() => (window as any).dangolReplay);
  await expect.poll(() => parts().length, { timeout: 9000 }).toBe(1);
  await page.fill("#typed", "x");
  await expect.poll(() => parts().length, { timeout: 9000 }).toBe(2);
  expect(parts().map((p) => p.body.part)).toEqual([0, 1]);
  expect(Number(parts()[0]!.headers["content-length"])).toBeLessThan(parts()[0]!.raw.length / 2);
  await page.evaluate(() => (window as any).dangol.replay(false));
  await page.waitForTimeout(200);
  const told = parts().length;
  await page.fill("#typed", "y");
  await page.waitForTimeout(5500);
  expect(parts().length).toBe(told);
  await context.close();
});

test("the recorder is not even fetched: no share, a page that has not opted in, no consent, a refusal of recording", async () => {
  for (const [where, settings, answer] of [
    ["private", {}, {}],
    ["private", { replay: 0 }, {}],
    ["plain", { replay: 1 }, {}],
    ["private", { replay: 1, consent: "required" }, { analytics: true }],
    ["private", { replay: 1 }, { replay: false }],
  ] as const) {
    const { context, page } = await world.visitor((made) => made.addInitScript((kept) => localStorage.setItem("dangol.consent", kept), JSON.stringify({ preferences: answer })));
    await page.goto(world.address(where, settings));
    await page.waitForTimeout(400);
    expect(await fetched(page), JSON.stringify([where, settings, answer])).toBe(false);
    await context.close();
  }
  expect(parts()).toEqual([]);
});

test("a page may ask to be recorded, and consent given later starts it", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("private", { replay: 1, consent: "required" }));
  await page.evaluate(() => (window as any).dangol.consent({ analytics: true }));
  await page.waitForTimeout(200);
  expect(await fetched(page)).toBe(false);
  await page.evaluate(() => (window as any).dangol.consent({ replay: true }));
  await page.waitForFunction(() => (window as any).dangolReplay);
  await page.goto(world.address("plain", { replay: 1, consent: "required" }));
  await page.waitForTimeout(200);
  expect(await fetched(page)).toBe(false);
  await page.evaluate(() => (window as any).dangol.replay());
  await page.waitForFunction(() => (window as any).dangolReplay);
  await context.close();
});
