import { beforeEach, expect, test } from "vitest";
import { selectorOf } from "../../src/selector.ts";

beforeEach(() => {
  document.body.innerHTML = "";
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
