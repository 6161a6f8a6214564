/** Clicks on what can be clicked; clicks in anger; clicks that nothing answered. */

import { nameOf, selectorOf } from "./selector.ts";
import { scrub, tidy } from "./text.ts";
import type { Host, Props } from "./types.ts";

const CLICKABLE = "a,button,summary,[role=button],[role=link],[role^=menuitem],[role=tab],[type=submit],[type=button],[data-dangol]";
/** Clicks in anger: so many within so many milliseconds and pixels. */
const RAGE_CLICKS = 3;
const RAGE_MS = 1000;
const RAGE_PIXELS = 30;
/** A click unanswered for so long is dead. */
const DEAD = 2500;

export const describe = (el: Element): Props => {
  const href = el.getAttribute("href");
  // what is undefined is left out of the JSON
  return {
    selector: selectorOf(el),
    tag: el.localName,
    name: nameOf(el),
    text: el.closest("[data-dangol-mask]") ? undefined : tidy(el.getAttribute("aria-label") || el.textContent || "") || undefined,
    href: href ? scrub(String((el as HTMLAnchorElement).href)) : undefined,
  };
};

/** Links that leave the page as it is: another window, a download, the telephone. */
const quiet = (el: Element, event: MouseEvent): boolean =>
  event.ctrlKey || event.metaKey || event.shiftKey || el.matches("[target=_blank],[download]") || /^(mailto|tel|sms):/.test(el.getAttribute("href") || "");

export const clicks = (host: Host): void => {
  let recent: { at: number; x: number; y: number }[] = [];
  let watching: (() => void) | undefined;

  const watch = (props: Props) => {
    watching?.();
    const address = location.href;
    const seen = new MutationObserver(() => over());
    const over = (unanswered?: unknown) => {
      seen.disconnect();
      clearTimeout(timer);
      for (const name of SIGNS) removeEventListener(name, answered, true);
      if (unanswered && location.href == address) host.track("Dead Clicked", props);
    };
    const answered = () => over();
    const timer = setTimeout(() => over(true), DEAD);
    seen.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    for (const name of SIGNS) addEventListener(name, answered, true);
    watching = answered;
  };

  host.on(document, "click", (event: MouseEvent) => {
    // the element inside a shadow tree, which `target` hides; text nodes never get here
    const hit = event.composedPath()[0] as Element;
    // a click the page's own script made, e.g. on a hidden link, is not the visitor's
    if (!event.isTrusted || !hit?.closest || hit.closest("[data-dangol-ignore]")) return;
    const { clientX: x, clientY: y } = event;
    const at = event.timeStamp;
    recent = recent.filter((c) => at - c.at < RAGE_MS && Math.hypot(c.x - x, c.y - y) < RAGE_PIXELS);
    // once per burst: the third click tells, further ones stay in the same burst; Enter in a form comes at 0,0
    if (recent.push({ at, x, y }) == RAGE_CLICKS && event.detail) host.track("Rage Clicked", describe(hit.closest(CLICKABLE) || hit));
    const el = hit.closest(CLICKABLE);
    if (!el) return;
    const props = describe(el);
    host.track("Element Clicked", props);
    if (!quiet(el, event)) watch(props);
  });
  host.ending(() => watching?.());
};

// a page that is slow to come has answered all the same: its `beforeunload` comes at once
const SIGNS = ["scroll", "submit", "blur", "beforeunload", "pagehide", "copy", "input"];
