import fc from "fast-check";
import { expect, test } from "vitest";
import { mask, maskEvent, maskTree } from "../../src/masking.ts";

const WORD = "SECRETWORD";

test("no attribute that may speak gets through, whatever it is called", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("alt", "title", "value", "placeholder", "content", "data-x", "aria-label", "href", "summary", "label", "srcdoc", "x-y", "onclick", "action"), fc.constant(WORD)),
      fc.constantFrom("div", "input", "a", "img", "meta", "iframe", "option"),
      fc.boolean(),
      (attributes, tagName, deep) => {
        const leaf = { type: 2, tagName, attributes: { ...attributes }, childNodes: [{ type: 5, textContent: WORD } as any] };
        const tree = deep ? { type: 2, tagName: "div", attributes: { class: "x" }, childNodes: [leaf] } : leaf;
        maskTree(tree);
        expect(JSON.stringify(tree)).not.toContain(WORD);
      },
    ),
  );
});

test("shapes stay: layout, styles, drawings, and the nodes in their order", () => {
  const svg = { type: 2, tagName: "path", isSVG: true, attributes: { d: "M0 0", fill: "red", "aria-label": WORD, "xlink:href": "#a" }, childNodes: [] };
  const tree: any = { type: 2, tagName: "div", attributes: { class: "a", style: "x", rr_width: "3px", _cssText: "b{}" }, childNodes: [svg, { type: 3, textContent: "•" }] };
  maskTree(tree);
  expect(tree.attributes).toEqual({ class: "a", style: "x", rr_width: "3px", _cssText: "b{}" });
  expect(tree.childNodes[0].attributes).toEqual({ d: "M0 0", fill: "red", "xlink:href": "#a" });
  expect(tree.childNodes.length).toBe(2);
});

test("changes are masked as the first picture is, and unmasked where the shop says so", () => {
  document.body.innerHTML = "<p></p><p data-dangol-unmask></p>";
  const [closed, open] = [...document.querySelectorAll("p")];
  const nodeOf = (id: number) => (id == 1 ? closed! : open!);
  const change = (id: number) => {
    const event: any = { type: 3, data: { source: 0, adds: [], attributes: [{ id, attributes: { title: WORD, class: "c" } }], texts: [], removes: [] } };
    maskEvent(event, nodeOf);
    return event.data.attributes[0].attributes;
  };
  expect(change(1)).toEqual({ class: "c" });
  expect(change(2)).toEqual({ title: WORD, class: "c" });
  const typed = (id: number) => {
    const event: any = { type: 3, data: { source: 5, id, text: "on", isChecked: true } };
    maskEvent(event, nodeOf);
    return event.data;
  };
  expect(typed(1)).toMatchObject({ text: "••", isChecked: false });
  expect(typed(2)).toMatchObject({ text: "on", isChecked: true });
});

test("a mask keeps the shape of a text: its length and its spaces", () => {
  expect(mask("홍 길동\nab")).toBe("• ••\n••");
});
