/**
 * Core Web Vitals, once per page load, when the page is first hidden. Definitions: web.dev/articles/vitals; held against
 * Google's own `web-vitals` package by the browser tests.
 */

import { quietly } from "./text.ts";
import type { Host, Props } from "./types.ts";

export const vitals = (host: Host): void => {
  const observe = (type: string, what: (entry: any) => void, options?: object) => {
    // a browser that does not measure it ignores the type or throws
    quietly(() => {
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(what));
      observer.observe({ type, buffered: true, ...options });
      finish.push(() => {
        observer.takeRecords().forEach(what);
        observer.disconnect();
      });
    });
  };
  const finish: (() => void)[] = [];
  const since = (at: number) => Math.round(Math.max(0, at - start));
  // a tab opened in the background is painted when it is first looked at, which says nothing about speed
  if (document.visibilityState == "hidden") return;

  const navigation = performance.getEntriesByType("navigation")[0] as any;
  const start: number = navigation?.activationStart || 0;
  const found: Props = {};
  const longest: Record<string, number> = {};
  let cls = 0;
  let [shifted, first, last] = [0, -1e4, -1e4];

  observe("paint", (e) => {
    if (e.name == "first-contentful-paint") found.fcp = since(e.startTime);
  });
  observe("largest-contentful-paint", (e) => {
    found.lcp = since(e.startTime);
  });
  observe("layout-shift", (e) => {
    if (e.hadRecentInput) return;
    // the worst window: shifts less than a second apart, five seconds at most
    const at = e.startTime;
    if (at - last >= 1000 || at - first >= 5000) [shifted, first] = [0, at];
    last = at;
    cls = Math.max(cls, (shifted += e.value));
  });
  const interaction = (e: any) => {
    if (e.interactionId) longest[e.interactionId] = Math.max(longest[e.interactionId] || 0, e.duration);
  };
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);

  let told = false;
  host.leaving((gone) => {
    if (told || !gone) return;
    told = true;
    finish.forEach((end) => end());
    if (navigation?.responseStart) found.ttfb = since(navigation.responseStart);
    if (PerformanceObserver.supportedEntryTypes?.includes("layout-shift")) found.cls = +cls.toFixed(4);
    const worst = Object.values(longest).sort((a, b) => b - a);
    // of many interactions the worst is noise: one in fifty is left out
    const skip = Math.floor(((performance as any).interactionCount || worst.length) / 50);
    if (worst.length) found.inp = worst[Math.min(worst.length - 1, skip)];
    if (Object.keys(found).length) host.track("Web Vitals Measured", found);
  });
  host.ending(() => finish.forEach((end) => end()));
};
