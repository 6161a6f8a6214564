import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());

test("web vitals are those of Google's own package, on a page that is slow, shifts and stalls", async () => {
  const google = readFileSync(join(import.meta.dirname, "../../node_modules/web-vitals/dist/web-vitals.iife.js"), "utf8");
  const { context, page } = await world.visitor(async (made) => {
    // one script: the recorder of theirs is a variable of it
    await made.addInitScript(`${google}
      if (location.pathname == "/plain") {
        const theirs = {};
        for (const name of ["FCP", "LCP", "CLS", "INP", "TTFB"])
          webVitals["on" + name]((m) => {
            theirs[name.toLowerCase()] = m.value;
            localStorage.setItem("theirs", JSON.stringify(theirs));
          });
      }`);
  });
  await page.goto(world.address("plain"));
  await world.collector.until("page");
  await page.waitForTimeout(700);
  await page.evaluate(async () => {
    const pause = (ms: number) => new Promise((r) => setTimeout(r, ms));
    const box = document.createElement("div");
    document.body.prepend(box);
    // three shifts in one window, a pause, then a smaller one
    for (const height of ["40px", "90px", "150px"]) {
      box.style.height = height;
      await pause(250);
    }
    await pause(1200);
    box.style.height = "160px";
    await pause(200);
    document.querySelector("h1")!.addEventListener("click", () => {
      const end = performance.now() + 180;
      while (performance.now() < end);
    });
  });
  await page.waitForTimeout(600);
  for (let n = 0; n < 3; n++) {
    await page.click("h1");
    await page.waitForTimeout(300);
  }
  await page.click("[data-testid=answering]");
  await page.waitForTimeout(400);
  await page.goto("about:blank");
  const [told] = await world.collector.until("Web Vitals Measured");
  // theirs are final when the page is hidden, as ours are: read them from another page of the shop, one that measures nothing
  const reader = await context.newPage();
  await reader.route("**/reader", (route) => route.fulfill({ body: "<p>", contentType: "text/html" }));
  await reader.goto(`http://www.shop.test:${world.port}/reader`);
  const theirs = await reader.evaluate(() => JSON.parse(localStorage.getItem("theirs")!));
  const ours = told.properties;
  expect(Object.keys(ours).sort()).toEqual(["cls", "fcp", "inp", "lcp", "ttfb"]);
  expect(theirs.cls).toBeGreaterThan(0.05);
  expect(theirs.inp).toBeGreaterThan(150);
  for (const name of ["fcp", "lcp", "ttfb", "inp"]) expect(Math.abs(ours[name] - theirs[name]), name).toBeLessThanOrEqual(1);
  expect(ours.cls).toBeCloseTo(theirs.cls, 3);
  await context.close();
});
