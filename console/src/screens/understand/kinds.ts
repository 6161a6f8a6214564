/** The questions there are, in the order a person meets them, and which of them are like which. */

export const GROUPS = {
  happens: ["trends", "funnel", "paths"],
  returns: ["retention", "flows", "entry"],
  buys: ["affinity", "channels", "timing"],
  moves: ["attribution", "campaigns"],
  site: ["clicks", "replays"],
} as const;

export type Group = keyof typeof GROUPS;
export type Kind = (typeof GROUPS)[Group][number];

export const KINDS: readonly Kind[] = Object.values(GROUPS).flat();

export const isKind = (text: string): text is Kind => (KINDS as readonly string[]).includes(text);

/** Screens of their own: they show recordings, not an answer in numbers. */
export const OWN: readonly Kind[] = ["replays"];

export const pathOf = (kind: Kind): string => `/understand/${kind}`;

/** Whether every word that was typed is somewhere in what may be found. Hangul is compared composed. */
export function fits(text: string, ...found: string[]): boolean {
  const here = found.join(" ").normalize("NFC").toLocaleLowerCase();
  return text
    .normalize("NFC")
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => here.includes(word));
}
