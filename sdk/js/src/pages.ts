/** Page views: the first, those of single-page apps, those the back button brings back from memory. */

import type { Host } from "./types.ts";

/** `leave` runs before the address is told to have changed, so that what belongs to the old page is counted there. */
export const pages = (host: Host, hash: boolean | undefined, moved: (from: string) => void): void => {
  const place = () => location.pathname + location.search + (hash ? location.hash : "");
  let here = place();
  let address = location.href;
  let timer: any;
  const view = () => {
    clearTimeout(timer);
    timer = 0;
    host.page();
  };
  const check = () => {
    if (place() == here) return;
    // a second change before the first was told: a redirect, one page
    if (!timer) moved(address);
    here = place();
    address = location.href;
    clearTimeout(timer);
    // the title follows the address in most frameworks
    timer = setTimeout(view, 50);
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    const patched = function (this: History, ...rest: any) {
      original.apply(this, rest);
      check();
    };
    history[name] = patched;
    host.ending(() => {
      if (history[name] == patched) history[name] = original;
    });
  }
  host.on(window, "popstate hashchange", check);
  host.on(window, "pageshow", (event: PageTransitionEvent) => event.persisted && view());
  host.leaving(() => timer && view());
  host.ending(() => clearTimeout(timer));
  // a page the browser prepares ahead has not been viewed
  if ((document as any).prerendering) host.on(document, "prerenderingchange", view);
  else if (document.readyState == "loading") host.on(document, "DOMContentLoaded", view);
  else view();
};
