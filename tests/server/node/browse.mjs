// A shop's page in a real Chromium with one of the browser SDKs on it, and a collector that is a real server elsewhere.
// Prints, as JSON: what went wrong on the page, requests to strangers, answers of the collector, cookies.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const asked = JSON.parse(process.argv[2]);
const collector = asked.url.replace("127.0.0.1", "cdp.shop.test");

const bundled = async (what) => {
  const made = await build({ entryPoints: [`${what}.mjs`], bundle: true, write: false, format: "iife", define: { "process.env.NODE_ENV": '"production"', global: "window" }, logLevel: "error" });
  return made.outputFiles[0].text;
};
const script = asked.what == "dangol" ? "" : await bundled(asked.what);
const html = `<!doctype html><html lang="ko"><meta charset="utf-8"><title>단골 상점</title><body data-dangol-replay>
<h1>가을 등산</h1><p>내용</p><button data-dangol="buy">담기</button>${asked.tag ? asked.tag.replace(asked.url, collector) : '<script src="/sdk.js"></script>'}`;
const shop = createServer((request, response) => {
  const js = request.url == "/sdk.js";
  if (request.url == "/favicon.ico") return void response.writeHead(204).end();
  response.writeHead(200, { "content-type": js ? "text/javascript" : "text/html; charset=utf-8" }).end(js ? script : html);
});
await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));
const home = `http://www.shop.test:${shop.address().port}`;

const browser = await chromium.launch({
  executablePath: asked.chromium,
  args: ["--no-sandbox", "--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"],
});
const context = await browser.newContext({ locale: "ko-KR", timezoneId: "Asia/Seoul" });
const page = await context.newPage();
const faults = [];
const strangers = [];
const answers = [];
page.on("pageerror", (error) => faults.push(String(error)));
page.on("console", (said) => said.type() == "error" && faults.push(said.text()));
page.on("request", (request) => {
  if (!/^http:\/\/\w+\.shop\.test:/.test(request.url()) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
});
page.on("response", async (response) => {
  const url = new URL(response.url());
  if (url.host == new URL(collector).host)
    answers.push({ method: response.request().method(), path: url.pathname, status: response.status(), headers: response.headers() });
});
const heard = async (test, count = 1) => {
  for (let waited = 0; answers.filter(test).length < count; waited += 50) {
    if (waited > 20_000) throw new Error(`not heard: ${JSON.stringify([answers.map((a) => a.path), faults, strangers])}`);
    await pause(50);
  }
};
const posted = (answer) => answer.method == "POST" && answer.status == 200;

const name = asked.name;
const calls = async (given) => {
  const { what, key, collector, name, then } = given;
  const sdk = window.start(key, collector);
  await new Promise((resolve) => sdk.ready(resolve));
  await sdk.identify(`${name}-u1`, { email: `${name}@haneul-mail.kr`, name: "김단비", plan: "gold" });
  await sdk.track("Product Viewed", { product_id: "p1", category: "등산" }, what == "next" ? { timestamp: new Date(then) } : { originalTimestamp: then });
  await sdk.page("Docs", "Start", { url: "https://shop.example/start?token=x&utm_source=naver" });
  if (sdk.screen) await sdk.screen("App", "Home");
  await sdk.group(`${name}-g`, { industry: "retail" });
  await sdk.alias(`${name}-u1`, `${name}-old`);
  await sdk.track("Order Completed", {
    order_id: `${name}-o1`,
    total: 25000,
    currency: "KRW",
    products: [
      { product_id: "p1", price: 10000, quantity: 2 },
      { product_id: "p2", price: 5000, quantity: 1 },
    ],
  });
};
const shopping = async () => {
  await heard((a) => a.path == "/v1/batch");
  await page.evaluate((name) => {
    const { dangol } = window;
    dangol.identify(`${name}-u1`, { email: `${name}@haneul-mail.kr`, name: "김단비", plan: "gold" });
    dangol.order({ order_id: `${name}-o1`, total: 25000, currency: "KRW", products: [{ product_id: "p1", price: 12500, quantity: 2 }] });
  }, name);
  await page.waitForFunction(() => window.dangolReplay);
  await page.click("button");
  await pause(300);
  await page.evaluate(() => (window.dangol.replay(false), window.dangol.flush()));
  await heard((a) => a.path == "/v1/replay" && posted(a));
  await heard((a) => a.path == "/v1/batch", 2);
};
await page.goto(`${home}/shop?utm_source=naver&utm_campaign=fall`);
if (asked.what == "dangol") {
  await shopping();
  await page.goto(`${home}/other`);
  await heard((a) => a.path == "/v1/batch", 4);
} else {
  await page.evaluate(calls, { what: asked.what, key: asked.key, collector, name, then: asked.then });
  await heard(posted, asked.posts);
}
await pause(500);
const cookies = (await context.cookies()).map(({ name, domain, expires, value }) => ({ name, domain, value, days: Math.round((expires - Date.now() / 1000) / 86400) }));
console.log(JSON.stringify({ faults, strangers, answers, cookies }));
await browser.close();
process.exit(0);
