/** localStorage and the cookie, which may be forbidden, full or absent: none of it may throw into the shop's page. */

const PREFIX = "dangol.";

/** What is kept under a name, or undefined. */
export const read = (name: string): any => {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)!) ?? undefined;
  } catch {
    return;
  }
};

/** Keeps a value; undefined forgets it. True when it was kept. */
export const write = (name: string, value?: unknown): boolean => {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
};

/** Names kept that begin with `start`. */
export const names = (start: string): string[] => {
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX + start))
      .map((name) => name.slice(PREFIX.length));
  } catch {
    return [];
  }
};

export const cookie = (name: string): string | undefined =>
  document.cookie.match("(?:^|; )" + name + "=([\\w-]{8,64})(?:;|$)")?.[1];

/**
 * Sets a cookie on the widest domain the browser lets this page write to, so that `www.` and `m.` share it; an empty value
 * removes it. Public suffixes (.kr, .co.kr) refuse cookies, so the first name that takes it is the shop's.
 */
export const setCookie = (name: string, value: string): void => {
  const labels = location.hostname.split(".");
  const domains = [...labels.map((_, n) => ";domain=" + labels.slice(n).join(".")).reverse(), ""];
  // what was set before, perhaps on another domain, goes first; 400 days is the most that browsers grant
  for (const [text, age] of [["", 0], [value, 34560000]])
    for (const domain of domains) {
      document.cookie = `${name}=${text};path=/;max-age=${age};samesite=lax${domain}${location.protocol == "https:" ? ";secure" : ""}`;
      if (text && cookie(name) == text) return;
    }
};
