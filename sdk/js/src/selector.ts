/** A selector that finds the element again after the shop's next release. */

const NAMES = ["data-dangol", "data-testid", "data-test", "data-qa"];

/** The name a developer gave the element, if any. */
export const nameOf = (el: Element): string | undefined => {
  for (const attribute of NAMES) {
    const value = el.getAttribute(attribute);
    if (value) return value;
  }
  return;
};

/** Ids made by frameworks (`:r1:`, `radix-12`, `ember1234`, hashes) change with every build or visit. */
const lasting = (id: string): boolean => !/\d{2}|[:.]|[-_]\d+$|^$/.test(id);

const quoted = (attribute: string, value: string) => `[${attribute}="${CSS.escape(value)}"]`;

const anchors = (el: Element): string[] => {
  const found = NAMES.filter((a) => el.getAttribute(a)).map((a) => quoted(a, el.getAttribute(a)!));
  if (lasting(el.id)) found.push("#" + CSS.escape(el.id));
  const name = el.getAttribute("name");
  if (name) found.push(CSS.escape(el.localName) + quoted("name", name));
  return found;
};

/**
 * A path from the nearest element with a name of its own that is unique on the page, else from the root. Classes are left
 * out: builds rename them. Inside shadow trees the paths are joined by ` >>> `.
 */
export const selectorOf = (el: Element): string => {
  const root = el.getRootNode() as Document | ShadowRoot;
  const path: string[] = [];
  for (let node: Element | null = el; node; node = node.parentElement) {
    const anchor = anchors(node).find((a) => root.querySelectorAll(a).length == 1);
    if (anchor) {
      path.unshift(anchor);
      break;
    }
    const tag = node.localName;
    const alike = [...(node.parentNode?.children || [])].filter((c) => c.localName == tag);
    path.unshift(CSS.escape(tag) + (alike.length > 1 ? `:nth-of-type(${alike.indexOf(node) + 1})` : ""));
  }
  const host = (root as ShadowRoot).host;
  return (host ? selectorOf(host) + " >>> " : "") + path.join(">");
};
