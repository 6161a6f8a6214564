import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { open, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());
beforeEach(() => {
  world.collector.heard = [];
  world.collector.answers = [];
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a page view arrives, on plain http, under a strict policy, without a preflight", async () => {
  const { context, page, faults } = await world.visitor();
  await page.goto(world.address("plain?utm_source=naver&utm_campaign=가을&email=kim@example.com"));
  const [view] = await world.collector.until("page");
  expect(faults).toEqual([]);
  expect(world.collector.heard.filter((h) => h.method == "OPTIONS")).toEqual([]);
  const sent = world.collector.heard[0]!;
  expect(sent.headers["content-type"]).toMatch(/^text\/plain/);
  expect(sent.headers.authorization).toBeUndefined();
  expect(sent.body.writeKey).toBe("wk_test");
  expect(Math.abs(Date.parse(sent.body.sentAt) - Date.now())).toBeLessThan(10_000);
  expect(view.messageId).toMatch(UUID);
  expect(view.anonymousId).toMatch(UUID);
  expect(view.properties).toMatchObject({ path: "/plain", title: "단골 상점", referrer: "" });
  expect(view.properties.url).toContain("email=*");
  expect(sent.raw).not.toContain("kim@");
  expect(sent.raw).not.toContain("kim%40");
  expect(view.context).toMatchObject({
    locale: "ko-KR",
    timezone: "Asia/Seoul",
    campaign: { source: "naver", name: "가을" },
    library: { name: "dangol.js", version: "0.1.0" },
    sessionStart: true,
    consent: { categoryPreferences: {} },
    page: { path: "/plain" },
  });
  expect(view.context.userAgent).toContain("Chrome");
  await context.close();
});

test("the visitor is the same on every page and subdomain, by a cookie on the shop's own domain; the session too", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain?utm_source=kakao"));
  await world.collector.until("page");
  await page.goto(world.address("second"));
  await world.collector.until("page", 2);
  await page.goto(world.address("plain", {}, "m.shop.test"));
  await world.collector.until("page", 3);
  const views = world.collector.calls().filter((c) => c.type == "page");
  expect(new Set(views.map((v) => v.anonymousId)).size).toBe(1);
  expect(views[1].context.sessionId).toBe(views[0].context.sessionId);
  expect(views[1].context.campaign).toEqual({ source: "kakao" });
  expect(views[1].context.sessionStart).toBeUndefined();
  const cookies = await context.cookies();
  expect(cookies.map((c) => [c.name, c.domain, c.sameSite])).toEqual([["dg_id", ".shop.test", "Lax"]]);
  expect(cookies[0]!.expires - Date.now() / 1000).toBeGreaterThan(390 * 86400);
  await context.close();
});

test("the server is asked to set the cookie once a session, and the script then leaves it alone", async () => {
  const { context, page, faults } = await world.visitor();
  const asked = () => world.collector.heard.filter((h) => h.path == "/v1/visitor");
  await page.goto(world.address("plain", { cookie: "server" }));
  const [view] = await world.collector.until("page");
  await expect.poll(() => asked().length).toBe(1);
  expect(asked()[0]!.body).toEqual({ writeKey: "wk_test", anonymousId: view.anonymousId, domain: "shop.test" });
  const [set] = await context.cookies();
  await page.waitForTimeout(1100);
  await page.goto(world.address("plain", { cookie: "server" }));
  await world.collector.until("page", 2);
  await page.evaluate(() => (window as any).dangol.identify("u-1"));
  await page.evaluate(() => (window as any).dangol.flush());
  await page.waitForTimeout(300);
  expect(asked().length).toBe(1);
  expect(await context.cookies()).toEqual([set]);
  // another person is another id: written, and asked for anew
  await page.evaluate(() => (window as any).dangol.identify("u-2"));
  await expect.poll(() => asked().length).toBe(2);
  expect(asked()[1]!.body.anonymousId).not.toBe(view.anonymousId);
  expect(world.collector.heard.filter((h) => h.method == "OPTIONS")).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});

test("single-page apps: each address is one view, redirects and repeated addresses are not", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  await page.evaluate(() => {
    history.replaceState({}, "", location.href);
    history.pushState({}, "", "/shoes");
    history.replaceState({}, "", "/shoes/1");
    document.title = "신발";
  });
  await world.collector.until("page", 2);
  await page.evaluate(() => history.pushState({}, "", "/bags"));
  await world.collector.until("page", 3);
  await page.goBack();
  await world.collector.until("page", 4);
  await page.waitForTimeout(200);
  const views = world.collector.calls().filter((c) => c.type == "page");
  expect(views.map((v) => v.properties.path)).toEqual(["/plain", "/shoes/1", "/bags", "/shoes/1"]);
  expect(views[1].properties.title).toBe("신발");
  expect(views[2].properties.referrer).toContain("/shoes/1");
  // how far the first page was read is told of the first page
  const [read] = world.collector.named("Page Scrolled");
  expect(read.context.page.path).toBe("/plain");
  await context.close();
});

test("clicks: a selector that finds the element again, words without what names a person", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await page.click("#btn-38213 span");
  await page.click("[data-dangol=deaf]");
  await page.click("#secret");
  await page.click("[data-dangol-ignore]");
  await page.click("h1");
  const clicked = await world.collector.until("Element Clicked", 3);
  expect(clicked.map((c) => c.properties)).toEqual([
    { selector: "html>body>ul>li:nth-of-type(2)>button", tag: "button", text: "두 번째 담기" },
    { selector: '[data-dangol="deaf"]', tag: "button", name: "deaf", text: "대답 없는 단추 * *" },
    { selector: "#secret", tag: "button" },
  ]);
  for (const { properties } of clicked) expect(await page.locator(properties.selector).count()).toBe(1);
  await page.click("#home");
  await world.collector.until("Element Clicked", 4);
  expect(world.collector.named("Element Clicked")[3].properties.href).toContain("email=*&page=2");
  await context.close();
});

test("dead clicks are those nothing answers; rage is told once", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await page.click("[data-testid=answering]");
  await page.waitForTimeout(2700);
  expect(world.collector.named("Dead Clicked")).toEqual([]);
  await page.click("[data-dangol=deaf]", { clickCount: 5, delay: 20 });
  const dead = await world.collector.until("Dead Clicked");
  expect(dead.map((c) => c.properties.name)).toEqual(["deaf"]);
  const rage = world.collector.named("Rage Clicked");
  expect(rage.map((c) => c.properties.name)).toEqual(["deaf"]);
  await context.close();
});

test("a link whose page is slow to come is not a dead click", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await page.click("#slow", { noWaitAfter: true });
  await page.waitForURL("**/slow", { timeout: 9000 });
  await world.collector.until("Element Clicked");
  await page.waitForTimeout(300);
  expect(world.collector.named("Dead Clicked")).toEqual([]);
  await context.close();
});

test("a page that the back button brings back from memory is viewed again, by the same visitor", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  await page.goto(world.address("second"));
  await world.collector.until("page", 2);
  // Playwright's own way back waits for a load, which never comes
  await page.evaluate(() => void setTimeout(() => history.back(), 50));
  const views = await world.collector.until("page", 3);
  await world.collector.until("Came Back");
  expect(views.map((v) => v.properties.path)).toEqual(["/plain", "/second", "/plain"]);
  expect(new Set(views.map((v) => v.anonymousId)).size).toBe(1);
  await context.close();
});

test("parts can be switched off, and fragments can be pages", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain", { hash: true, capture: { clicks: false, forms: false, scroll: false, vitals: false } }));
  await world.collector.until("page");
  await page.evaluate(() => (location.hash = "#/shoes"));
  const views = await world.collector.until("page", 2);
  expect(views[1].properties.url).toMatch(/#\/shoes$/);
  await page.click("#secret");
  await page.fill("[name=name]", "x");
  await page.goto("about:blank");
  await page.waitForTimeout(300);
  expect(world.collector.calls().map((c) => c.type)).toEqual(["page", "page"]);
  await context.close();
});

test("forms: begun, sent, left; values only of marked fields and never a password", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await page.fill("[name=email]", "hidden@example.com");
  await page.fill("[name=pass]", "opensesame");
  await page.selectOption("[name=size]", "l");
  await page.check("[name=news]");
  await page.click("form button");
  const [sent] = await world.collector.until("Form Submitted");
  expect(world.collector.named("Form Started").map((c) => c.properties)).toEqual([{ selector: "#join", name: "join", field: "email" }]);
  expect(sent.properties).toEqual({ selector: "#join", name: "join", values: { size: "l", news: true } });
  await page.waitForURL("**/second**");
  // the address of the next page carries the form's fields: GET forms do
  await world.collector.until("page", 2);
  const all = world.collector.heard.map((h) => h.raw).join();
  expect(all).not.toMatch(/hidden@|hidden%40|opensesame/);
  await page.goto(world.address("plain"));
  await page.fill("[name=name]", "홍");
  await page.goto("about:blank");
  const [left] = await world.collector.until("Form Abandoned");
  expect(left.properties).toEqual({ selector: "#join", name: "join", last_field: "name" });
  expect(world.collector.heard.map((h) => h.raw).join()).not.toContain("홍");
  await context.close();
});

test("leaving sends what waits by beacon: scroll depth and an event a millisecond old", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain", { wait: 60_000 }));
  await page.evaluate(() => scrollTo(0, 1000));
  await page.waitForTimeout(100);
  await page.evaluate(() => {
    (window as any).dangol.track("Last Word", { at: "the door" });
    location.href = "about:blank";
  });
  const [last] = await world.collector.until("Last Word");
  expect(last.properties).toEqual({ at: "the door" });
  const [read] = await world.collector.until("Page Scrolled");
  expect(read.properties.depth).toBeGreaterThan(35);
  expect(read.properties.depth).toBeLessThan(60);
  expect(read.context.page.path).toBe("/plain");
  await context.close();
});

test("offline: nothing is lost, over a reload and a closed page, and order is kept", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  await context.setOffline(true);
  await page.evaluate(() => {
    for (let n = 0; n < 30; n++) (window as any).dangol.track("Kept", { n });
  });
  await page.waitForTimeout(500);
  await page.close();
  expect(world.collector.named("Kept")).toEqual([]);
  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(world.address("second"));
  const kept = await world.collector.until("Kept", 30);
  const sent = world.collector.heard.flatMap((h) => h.body.batch || []).filter((c: any) => c.event == "Kept");
  expect(sent.map((c: any) => c.properties.n)).toEqual([...Array(30).keys()]);
  expect(new Set(kept.map((c) => c.messageId)).size).toBe(30);
  expect(await again.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith("dangol.queue")))).toEqual([]);
  await context.close();
});

test("a collector in trouble is asked again with the same ids; one that refuses is not", async () => {
  const { context, page } = await world.visitor();
  world.collector.answers = [{ status: 503 }, { status: 429, headers: { "retry-after": "1" } }];
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  const bodies = world.collector.heard.map((h) => (typeof h.body == "string" ? JSON.parse(h.body) : h.body));
  expect(bodies.length).toBe(3);
  expect(new Set(bodies.map((b) => b.batch[0].messageId)).size).toBe(1);
  world.collector.heard = [];
  world.collector.answers = [{ status: 400 }];
  await page.evaluate(() => (window as any).dangol.track("Refused"));
  await page.waitForTimeout(2500);
  expect(world.collector.heard.length).toBe(1);
  await context.close();
});

test("one order is one message however often its page is shown; a person who signs in as another is another visitor", async () => {
  const { context, page } = await world.visitor();
  await page.goto(world.address("plain"));
  const shown = () =>
    page.evaluate(() => {
      const { dangol } = window as any;
      dangol.identify("u-1", { email: "kim@example.com" });
      dangol.order({ order_id: "A-1", total: 39000, currency: "KRW", products: [{ product_id: "p1", price: 39000, quantity: 1 }] });
    });
  await shown();
  await page.reload();
  await shown();
  await world.collector.until("identify", 2);
  await page.waitForTimeout(400);
  expect(world.collector.named("Order Completed").length).toBe(1);
  const [order] = world.collector.named("Order Completed");
  expect(order).toMatchObject({ messageId: "order:wk_test:A-1", userId: "u-1", properties: { total: 39000, products: [{ product_id: "p1" }] } });
  const [first] = await world.collector.until("identify");
  expect(first.traits).toEqual({ email: "kim@example.com" });
  await page.evaluate(() => (window as any).dangol.identify("u-2"));
  const all = await world.collector.until("identify", 3);
  expect(all[2].userId).toBe("u-2");
  expect(all[2].anonymousId).not.toBe(all[0].anonymousId);
  await page.evaluate(() => {
    (window as any).dangol.reset();
    (window as any).dangol.track("After");
  });
  const [after] = await world.collector.until("After");
  expect(after.userId).toBeUndefined();
  expect(after.anonymousId).not.toBe(all[2].anonymousId);
  await context.close();
});

test("odd values never break the page: cycles, big integers, halves of emoji, calls that do not exist", async () => {
  const { context, page, faults } = await world.visitor();
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  await page.evaluate(() => {
    const { dangol } = window as any;
    const round: any = {};
    round.round = round;
    dangol.track("Round", round);
    dangol.push(["nonsense", 1]);
    dangol.track("Huge", { text: "가".repeat(20_000) });
    dangol.track("Odd", { big: 2n ** 63n, half: "\ud83d", nan: NaN, nothing: undefined });
  });
  const [odd] = await world.collector.until("Odd");
  expect(odd.properties).toEqual({ big: "9223372036854775808", half: "\ufffd", nan: null });
  expect(world.collector.named("Round")).toEqual([]);
  expect(world.collector.named("Huge")).toEqual([]);
  expect(faults).toEqual([]);
  await context.close();
});
