/** A shop, a collector that writes down what it hears, and a real Chromium between them. */

import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PAGES = join(ROOT, "test", "browser", "pages");

export interface Heard {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  raw: string;
  body: any;
}

/** Speaks the Segment wire; `answers` are given to the next requests before it says 200 again. */
export class Collector {
  heard: Heard[] = [];
  answers: { status: number; headers?: Record<string, string> }[] = [];
  server: Server = createServer((request, response) => void this.take(request, response));

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.split("?")[0]!;
    if (request.method == "GET" && path.startsWith("/sdk/")) {
      response.writeHead(200, { "content-type": "text/javascript" });
      response.end(readFileSync(join(ROOT, "dist", path.slice(5))));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const raw = (bytes[0] == 0x1f && bytes[1] == 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
    const answer = this.answers.shift() || { status: 200 };
    this.heard.push({ method: request.method!, path, headers: request.headers, raw, body: answer.status == 200 && raw ? JSON.parse(raw) : raw });
    response.writeHead(answer.status, {
      "access-control-allow-origin": request.headers.origin || "*",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "retry-after",
      ...answer.headers,
    });
    response.end(answer.status == 200 ? '{"success":true}' : "");
  }

  /** Calls taken, each once (by messageId), as a collector keeps them: what the batch says for all beneath each one's own. */
  calls(): any[] {
    const seen = new Map<string, any>();
    for (const { path, body } of this.heard)
      if (path == "/v1/batch" && body.batch)
        for (const one of body.batch)
          if (!seen.has(one.messageId)) seen.set(one.messageId, { ...one, context: { ...body.context, ...one.context } });
    return [...seen.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  }
  named(event: string): any[] {
    return this.calls().filter((c) => c.event == event);
  }
  /** Waits until a call by this name has come. */
  async until(event: string, count = 1): Promise<any[]> {
    for (let tries = 0; tries < 200; tries++) {
      const found = this.calls().filter((c) => (c.event || c.type) == event);
      if (found.length >= count) return found;
      await new Promise((r) => setTimeout(r, 50));
    }
    throw new Error(`no ${event}; heard ${this.calls().map((c) => c.event || c.type)}`);
  }
}

export interface World {
  collector: Collector;
  browser: Browser;
  /** Opens a visitor's browser. */
  visitor(prepare?: (context: BrowserContext) => Promise<unknown>): Promise<{ context: BrowserContext; page: Page; faults: string[] }>;
  /** The address of a page of the shop, with `SETTINGS` in it replaced. */
  address(page: string, settings?: object, host?: string): string;
  port: number;
  close(): Promise<void>;
}

const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));

const listen = (server: Server) => new Promise<number>((done) => server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)));

export const open = async (): Promise<World> => {
  if (!executablePath) throw new Error("no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM");
  const collector = new Collector();
  const cdp = await listen(collector.server);
  let site = 0;
  const collectorAddress = `http://cdp.shop.test:${cdp}`;
  const shop = createServer((request, response) => {
    const url = new URL(request.url!, "http://shop");
    const file = join(PAGES, `${url.pathname.split("/")[1] || "plain"}.html`);
    if (url.pathname == "/slow") return void setTimeout(() => response.writeHead(200, { "content-type": "text/html" }).end("<p>slow"), 4000);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const settings = { key: "wk_test", host: collectorAddress, consent: "implied", wait: 100, ...JSON.parse(url.searchParams.get("s") || "{}") };
    const text = readFileSync(file, "utf8")
      .replaceAll("SDK", `${collectorAddress}/sdk/dangol.js`)
      .replaceAll("SETTINGS", JSON.stringify(settings))
      .replaceAll("HOST", collectorAddress)
      .replace("SNIPPET", () => readFileSync(join(ROOT, "dist", "snippet.js"), "utf8"));
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; script-src 'nonce-shop' ${collectorAddress}/sdk/; connect-src ${collectorAddress}; style-src 'nonce-shop'; img-src data:; ` +
        "form-action 'self'; require-trusted-types-for 'script'; trusted-types dangol",
    });
    response.end(text);
  });
  site = await listen(shop);
  const browser = await chromium.launch({
    executablePath,
    // pages come back from memory here as they do for visitors
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    args: ["--no-sandbox", "--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable"],
  });
  return {
    collector,
    browser,
    port: site,
    address: (page, settings = {}, host = "www.shop.test") => `http://${host}:${site}/${page}${page.includes("?") ? "&" : "?"}s=${encodeURIComponent(JSON.stringify(settings))}`,
    visitor: async (prepare) => {
      const context = await browser.newContext({ locale: "ko-KR", timezoneId: "Asia/Seoul", viewport: { width: 1000, height: 600 } });
      await prepare?.(context);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("console", (message) => {
        if (message.type() == "error" && !/favicon|404|Failed to load resource|net::ERR/.test(message.text())) faults.push(message.text());
      });
      return { context, page, faults };
    },
    close: async () => {
      await browser.close();
      shop.close();
      collector.server.close();
    },
  };
};
