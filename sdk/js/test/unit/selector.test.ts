import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { selectorOf } from "../../src/selector.ts";

beforeEach(() => {
  document.body.innerHTML = "";
});

interface Made {
  tag: string;
  id: string;
  test: string;
  name: string;
  children: Made[];
}
const word = fc.constantFrom("", "", "", "cart", "a b", "x1", "r12", ":r1:", "홍", "1a");
const tree = (depth: number): fc.Arbitrary<Made> =>
  fc.record({
    tag: fc.constantFrom("div", "ul", "li", "button", "a", "my-box"),
    id: word,
    test: word,
    name: word,
    children: depth ? fc.array(tree(depth - 1), { maxLength: 3 }) : fc.constant<Made[]>([]),
  });

const build = (made: Made): Element => {
  const el = document.createElement(made.tag);
  if (made.id) el.id = made.id;
  if (made.test) el.setAttribute("data-testid", made.test);
  if (made.name) el.setAttribute("name", made.name);
  el.append(...made.children.map(build));
  return el;
};

test("a selector finds its own element and no other, in any tree", () => {
  fc.assert(
    fc.property(fc.array(tree(3), { maxLength: 3 }), (nodes) => {
      document.body.replaceChildren(...nodes.map(build));
      for (const el of document.body.querySelectorAll("*")) {
        const found = document.querySelectorAll(selectorOf(el));
        expect([...found]).toEqual([el]);
      }
    }),
    { numRuns: 60 },
  );
});

test("it is the same after classes are renamed, generated ids are drawn anew, and other parts of the page change", () => {
  const page = (hash: string, id: string, banner: string) =>
    `${banner}<main id="shop"><div class="c-${hash}" id="radix-${id}"><button class="b-${hash}">사기</button></div></main>`;
  document.body.innerHTML = page("a1", "12", "");
  const before = selectorOf(document.querySelector("button")!);
  document.body.innerHTML = page("z9", "77", "<div><button>광고</button></div>");
  expect(selectorOf(document.querySelector("main button")!)).toBe(before);
  expect(before).toBe("#shop>div>button");
});

test("names that developers gave come first; inside shadow trees the path goes through the host", () => {
  document.body.innerHTML = `<div id="host"></div><form><input name="q"></form>`;
  expect(selectorOf(document.querySelector("input")!)).toBe('input[name="q"]');
  const inside = document.querySelector("#host")!.attachShadow({ mode: "open" });
  inside.innerHTML = "<p><button>1</button><button>2</button></p>";
  expect(selectorOf(inside.querySelectorAll("button")[1]!)).toBe("#host >>> p>button:nth-of-type(2)");
});
