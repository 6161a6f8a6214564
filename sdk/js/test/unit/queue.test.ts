import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createQueue } from "../../src/queue.ts";
import type { Message } from "../../src/types.ts";

const message = (n: number, text = ""): Message => ({ type: "track", event: "E", messageId: `m${n}`, timestamp: "2026-11-22T00:00:00.000Z", context: {}, properties: { n, text } });

/** A collector behind a bad line: each answer is what happens to the next request. */
const line = (answers: (number | "cut")[]) => {
  const taken: string[] = [];
  const sizes: number[] = [];
  vi.stubGlobal("fetch", async (_: string, options: { body: string }) => {
    const answer = answers.shift() ?? 200;
    sizes.push(Buffer.byteLength(options.body));
    // "cut": the request arrives, its answer does not
    if (answer == 200 || answer == "cut") for (const m of JSON.parse(options.body).batch) taken.push(m.messageId);
    if (answer == "cut") throw new TypeError("network");
    return { status: answer, headers: new Headers() };
  });
  return { taken, sizes };
};

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("whatever the line does, and wherever the page is left: every event arrives, the first arrivals in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom<number | "cut">(200, 500, 503, 429, 408, "cut"), { maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 30 }),
      fc.nat(29),
      async (answers, pauses, leaveAt) => {
        localStorage.clear();
        const { taken, sizes } = line([...answers]);
        const left: string[] = [];
        vi.stubGlobal("navigator", { onLine: true, sendBeacon: (_: string, body: string) => !!JSON.parse(body).batch.forEach((m: Message) => left.push(m.messageId)) || true });
        let queue = createQueue("http://x/v1/batch", "k", 100, {});
        for (const [n, pause] of pauses.entries()) {
          queue.add(message(n, "가".repeat(n * 50)));
          await vi.advanceTimersByTimeAsync(pause);
          if (n == leaveAt) {
            queue.leave();
            queue = createQueue("http://x/v1/batch", "k", 100, {});
          }
        }
        await vi.advanceTimersByTimeAsync(3_600_000);
        const all = pauses.map((_, n) => `m${n}`);
        expect(new Set([...taken, ...left])).toEqual(new Set(all));
        if (leaveAt >= pauses.length) expect([...new Set(taken)]).toEqual(all);
        for (const size of sizes) expect(size).toBeLessThan(65_536);
        expect(Object.keys(localStorage)).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test("an answer that will never change is final: the next events go on", async () => {
  const { taken } = line([400, 200]);
  const queue = createQueue("http://x", "k", 10, {});
  queue.add(message(1));
  await vi.advanceTimersByTimeAsync(1000);
  queue.add(message(2));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(taken).toEqual(["m2"]);
});

test("a full or forbidden storage costs the oldest, never the page", async () => {
  line(Array(1000).fill(500));
  const queue = createQueue("http://x", "k", 10, {});
  const kept: string[] = [];
  vi.stubGlobal("localStorage", {
    getItem: () => null,
    removeItem: () => undefined,
    setItem: (_: string, value: string) => {
      if (value.length > 5000) throw new DOMException("full", "QuotaExceededError");
      kept.push(value);
    },
  });
  for (let n = 0; n < 60; n++) queue.add(message(n));
  await vi.advanceTimersByTimeAsync(50);
  queue.leave();
  expect(JSON.parse(kept.at(-1)!).at(-1)).toContain('"m59"');
  expect(kept.at(-1)).not.toContain('"m0"');
});

test("what is cleared is not sent, not even by an answer that comes late", async () => {
  const { taken } = line([500, 500]);
  const queue = createQueue("http://x", "k", 10, {});
  queue.add(message(1));
  await vi.advanceTimersByTimeAsync(20);
  queue.clear();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(taken).toEqual([]);
});
