/** Words, ids and addresses, made fit to send. */

/** A random UUID; `crypto.randomUUID` is missing on plain http pages. */
export const uuid = (): string =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+c / 4)))).toString(16),
  );

/** At most `most` characters, never half of one (a cut emoji is refused by strict JSON readers). */
export const cut = (text: string, most: number): string => [...text].slice(0, most).join("");

/** Free text of the page without what looks like an address or a number of a person; at most 64 characters. */
export const tidy = (text: string): string =>
  cut(text.replace(/\s+/g, " ").trim().replace(/\S+@\S+|\+?\d[\d -]{6,}\d/g, "*"), 64);

/**
 * An address whose query and fragment name no person: values like an e-mail address or a mobile number, and values of telling
 * names, become `*`. A form sent by GET puts its fields, passwords too, into the next page's address.
 */
export const scrub = (url: string): string =>
  url.replace(/([?&#;][^=&#]*=)([^&#]*)/g, (all, name: string, value: string) =>
    /@|%40|^(%2B|\+)?(82|0)1[-\d]{8,11}$/.test(value) || /mail|phone|mobile|pass|token|secret|birth|addr|card|^.(tel|code|((user|first|last|full)_?)?name)=/i.test(name)
      ? name + "*"
      : all,
  );

/** What `what` gives, or undefined where it cannot. */
export const quietly = <T>(what: () => T): T | undefined => {
  try {
    return what();
  } catch {
    return;
  }
};

/** JSON that never throws on odd numbers and holds no lone surrogate; undefined when it cannot be written at all. */
export const json = (value: unknown): string | undefined =>
  quietly(() => JSON.stringify(value, (_, v: any) => (typeof v == "bigint" ? String(v) : v?.toWellFormed ? v.toWellFormed() : v)));

/** Length in bytes, as the collector counts it. */
export const bytes = (text: string): number => new Blob([text]).size;
