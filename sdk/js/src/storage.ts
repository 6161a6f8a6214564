/** localStorage and the cookie, which may be forbidden, full or absent: none of it may throw into the shop's page. */

import { quietly } from "./text.ts";

/** What is kept under a name, or undefined. */
export const read = (name: string): any => quietly(() => JSON.parse(localStorage.getItem(name)!) ?? undefined);

/** Keeps a value; undefined forgets it. True when it was kept. */
export const write = (name: string, value?: unknown): true | undefined =>
  quietly(() => {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
    return true;
  });

/** Names kept that begin with `start`. */
export const names = (start: string): string[] =>
  quietly(() => Object.keys(localStorage).filter((name) => name.startsWith(start))) || [];

export const cookie = (name: string): string | undefined =>
  document.cookie.match("(?:^|; )" + name + "=([\\w-]{8,64})(?:;|$)")?.[1];

/**
 * Sets a cookie on the widest domain the browser lets this page write to, so that `www.` and `m.` share it; an empty value
 * removes it. Public suffixes (.kr, .co.kr) refuse cookies, so the first name that takes it is the shop's. Returns the domain,
 * empty for this host alone.
 */
export const setCookie = (name: string, value: string): string | undefined => {
  const labels = location.hostname.split(".");
  const domains = [...labels.map((_, n) => ";domain=" + labels.slice(n).join(".")).reverse(), ""];
  // what was set before, perhaps on another domain, goes first; 400 days is the most that browsers grant
  for (const [text, age] of [["", 0], [value, value ? 34560000 : 0]])
    for (const domain of domains) {
      document.cookie = `${name}=${text};path=/;max-age=${age};samesite=lax${domain}${location.protocol == "https:" ? ";secure" : ""}`;
      if (text && cookie(name) == text) return domain.slice(8);
    }
  return;
};
