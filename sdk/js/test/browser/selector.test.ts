import { buildSync } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await open();
});
afterAll(async () => world?.close());

/** Names as people and frameworks write them, those that must be escaped among them. */
const word = fc.oneof({ arbitrary: fc.constant(""), weight: 3 }, fc.constantFrom("cart", "a b", ":r1:", '"]', "\\", "홍", "1a", "-", "--x", "\n"), fc.string());
const row = fc.tuple(fc.constantFrom("div", "li", "button", "a", "svg", "my-box"), word, word, word, fc.nat(30));

test("in Chromium: a selector finds its own element and no other, however elements are named", async () => {
  const { context, page } = await world.visitor();
  await page.goto("about:blank");
  const built = buildSync({ entryPoints: ["src/selector.ts"], bundle: true, write: false, format: "iife", globalName: "made" });
  await page.addScriptTag({ content: built.outputFiles[0]!.text });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 25 }), async (rows) => {
      const wrong = await page.evaluate((rows) => {
        document.body.replaceChildren();
        const all: Element[] = [document.body];
        for (const [tag, id, test, name, parent] of rows) {
          const el = tag == "svg" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag as string);
          if (id) el.id = id as string;
          if (test) el.setAttribute("data-testid", test as string);
          if (name) el.setAttribute("name", name as string);
          all[(parent as number) % all.length]!.append(el);
          all.push(el);
        }
        return all.filter((el) => {
          const found = document.querySelectorAll((window as any).made.selectorOf(el));
          return found.length != 1 || found[0] != el;
        }).length;
      }, rows);
      expect(wrong).toBe(0);
    }),
    { numRuns: 100 },
  );
  await context.close();
});
