/** Words of a screen in both languages. Every `words.ts` is `{ en, ko } satisfies Words`, read by `useWords(words)`. */
import i18next from "i18next";
import { useMemo, useSyncExternalStore } from "react";

export type Lang = "en" | "ko";
export type Words = { en: Record<string, string>; ko: Record<string, string> };

/** The same keys in both languages: one that is missing in either is a type error where the words are used. */
type Even<W extends Words> = W & {
  ko: Record<keyof W["en"], string>;
  en: Record<keyof W["ko"], string>;
};

type Key<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K extends string ? K : never;
export type Holes = Record<string, string | number>;
export type Say<W extends Words> = (key: Key<keyof W["en"]>, holes?: Holes) => string;

const PLACE = "dangol.lang";

function remembered(): Lang {
  const kept = safely(() => localStorage.getItem(PLACE));
  if (kept === "ko" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
}

function safely<T>(what: () => T): T | null {
  try {
    return what();
  } catch {
    return null; // storage may be closed to us
  }
}

const i18n = i18next.createInstance();
void i18n.init({
  lng: remembered(),
  fallbackLng: false,
  resources: {},
  interpolation: { escapeValue: false, prefix: "{", suffix: "}" },
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
});
document.documentElement.lang = i18n.language;

const spaces = new WeakMap<Words, string>();
let made = 0;

function space(words: Words): string {
  let name = spaces.get(words);
  if (!name) {
    name = `words${made++}`;
    spaces.set(words, name);
    i18n.addResourceBundle("en", name, words.en);
    i18n.addResourceBundle("ko", name, words.ko);
  }
  return name;
}

const watch = (tell: () => void) => {
  i18n.on("languageChanged", tell);
  return () => i18n.off("languageChanged", tell);
};
const current = (): Lang => (i18n.language === "ko" ? "ko" : "en");

/** The language on screen. */
export function useLang(): Lang {
  return useSyncExternalStore(watch, current);
}

export { current as currentLang };

/** Switch the language of everything at once, and remember it on this computer. */
export function setLang(lang: Lang): void {
  safely(() => localStorage.setItem(PLACE, lang));
  document.documentElement.lang = lang;
  void i18n.changeLanguage(lang);
}

function speaker<W extends Words>(words: W, lang: Lang): Say<W> {
  const name = space(words);
  const fixed = i18n.getFixedT(lang, name);
  // Counts are given as `n`; i18next chooses the plural by `count`, and numbers are grouped as people write them.
  return (key, holes) => {
    const told: Record<string, string> = {};
    for (const [hole, value] of Object.entries(holes ?? {})) {
      told[hole] = typeof value === "number" ? value.toLocaleString(lang) : value;
    }
    const n = holes?.["n"];
    const options: Record<string, unknown> = typeof n === "number" ? { ...told, count: n } : told;
    return fixed(key as string, options as never) as unknown as string;
  };
}

/** `t(key, holes)` in the language on screen. `{n}` also chooses between `key_one` and `key_other`. */
export function useWords<W extends Words>(words: Even<W>): Say<W> {
  const lang = useLang();
  return useMemo(() => speaker<W>(words, lang), [words, lang]);
}

/** The same outside a component (an error that is thrown, a file that is written). */
export function sayIn<W extends Words>(words: Even<W>, lang: Lang = current()): Say<W> {
  return speaker<W>(words, lang);
}
