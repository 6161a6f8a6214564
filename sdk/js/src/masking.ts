/**
 * What a recording may hold: shapes, not words. The recorder masks text and fields; this masks what it would still let
 * through: attributes (alt, title, placeholder, value, data-…), ticked boxes, addresses. `data-dangol-unmask` on an element
 * lets it and what is in it be seen, but never a password.
 */

import { scrub } from "./text.ts";

/** Attributes that only shape a page. Everything else is left out, so that a new attribute is hidden until it is known. */
const SHAPE = new Set(
  ("class id style type width height rel media colspan rowspan span dir lang hidden open disabled multiple rows cols size " +
    "align valign bgcolor border cellpadding cellspacing face color start reversed slot sizes").split(" "),
);
const ADDRESS = new Set(["src", "srcset", "poster", "background"]);
const UNMASK = "data-dangol-unmask";

type Attributes = Record<string, any>;
interface SnapshotNode {
  type: number;
  tagName?: string;
  isSVG?: boolean;
  attributes?: Attributes;
  childNodes?: SnapshotNode[];
}

export const mask = (text: string): string => text.replace(/\S/g, "•");

export const unmasked = (el: Element | null | undefined): boolean => !!el?.closest?.(`[${UNMASK}]`);

export const maskText = (text: string, el: Element | null): string => (unmasked(el) ? text : mask(text));

export const maskField = (text: string, el: Element): string =>
  unmasked(el) && (el as HTMLInputElement).type != "password" ? text : mask(text);

const attributesOf = (found: Attributes, tag: string, svg: boolean): Attributes => {
  const kept: Attributes = {};
  for (const [name, value] of Object.entries(found)) {
    if (name.startsWith("rr_") || name == "_cssText" || SHAPE.has(name)) kept[name] = value;
    else if (ADDRESS.has(name) || (tag == "link" && name == "href")) kept[name] = typeof value == "string" ? scrub(value) : value;
    else if (name == "value" && /^(input|textarea|select)$/.test(tag)) kept[name] = typeof value == "string" ? mask(value) : value;
    // drawings are made of attributes; those that speak are left out
    else if (svg && !/^(data-|aria-|title|alt|on|href|xlink)/.test(name)) kept[name] = value;
    else if (svg && /href$/.test(name) && String(value)[0] == "#") kept[name] = value;
  }
  return kept;
};

/** Masks a serialized tree in place. */
export const maskTree = (node: SnapshotNode, open = false): void => {
  const found = node.attributes;
  if (found) {
    open ||= UNMASK in found;
    if (!open) node.attributes = attributesOf(found, node.tagName || "", !!node.isSVG);
    else if (typeof found.href == "string") found.href = scrub(found.href);
  }
  // comments may hold anything
  if (node.childNodes) {
    node.childNodes = node.childNodes.filter((child) => child.type != 5);
    for (const child of node.childNodes) maskTree(child, open);
  }
};

/** Masks one recorded event in place; `nodeOf` finds the element behind a recorder's id. */
export const maskEvent = (event: any, nodeOf: (id: number) => Node | null): void => {
  const { type, data } = event;
  const element = (id: number) => nodeOf(id) as Element | null;
  if (type == 4) data.href = scrub(data.href);
  else if (type == 2) maskTree(data.node);
  else if (type == 3 && data.source == 0) {
    for (const added of data.adds) maskTree(added.node, unmasked(element(added.parentId)));
    for (const changed of data.attributes) {
      const el = element(changed.id);
      if (!unmasked(el)) changed.attributes = attributesOf(changed.attributes, el?.localName || "", el?.namespaceURI?.endsWith("svg") || false);
    }
  } else if (type == 3 && data.source == 5 && !unmasked(element(data.id))) {
    data.isChecked = false;
    data.text = mask(String(data.text));
  }
};
