/** How far and how long a page was read: one event when it is left, none while it is read. */

import type { Host } from "./types.ts";

export const scroll = (host: Host): void => {
  let depth = 0;
  let told = 0;
  let since = performance.now();
  let seconds = 0;
  const measure = () => {
    const root = document.documentElement;
    depth = Math.max(depth, Math.min(100, Math.round((100 * (scrollY + innerHeight)) / (root.scrollHeight || 1))));
  };
  host.on(window, "scroll", measure);
  host.on(document, "visibilitychange", () => {
    if (document.visibilityState == "visible") since = performance.now();
  });
  host.leaving((gone) => {
    measure();
    seconds += (performance.now() - since) / 1000;
    since = performance.now();
    if (depth > told) host.track("Page Scrolled", { depth, seconds: +seconds.toFixed(1) });
    told = depth;
    // another page of a single-page app starts at its own beginning
    if (!gone) depth = told = seconds = 0;
  });
};
