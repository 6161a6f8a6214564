/** Numbers, money and times as people write them: in the language on screen, on the shop's clock, in its currency. */
import { useMemo, useSyncExternalStore } from "react";

import { words } from "./parts.words";
import { type Lang, sayIn, useLang } from "./words";

/** The shop as formats need it; set once when it is known who is signed in. */
export type Shop = { timeZone: string; currency: string };

let shop: Shop = { timeZone: "Asia/Seoul", currency: "KRW" };
const watching = new Set<() => void>();

export function setShop(next: Shop): void {
  if (next.timeZone === shop.timeZone && next.currency === shop.currency) return;
  shop = next;
  for (const tell of watching) tell();
}

const watch = (tell: () => void) => {
  watching.add(tell);
  return () => watching.delete(tell);
};

export type Moment = string | number | Date | null | undefined;
export type Amount = number | string | null | undefined;

/** A moment of the API: ISO 8601, UTC where no zone is said. */
export function readMoment(at: Moment): Date | null {
  if (at === null || at === undefined || at === "") return null;
  if (at instanceof Date) return at;
  if (typeof at === "number") return new Date(at);
  const zoned = /[zZ]|[+-]\d\d:?\d\d$/.test(at) || !at.includes("T");
  const read = new Date(zoned ? at : `${at}Z`);
  return Number.isNaN(read.getTime()) ? null : read;
}

const NOTHING = "–";
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formats(lang: Lang, { timeZone, currency }: Shop) {
  const locale = lang === "ko" ? "ko-KR" : "en-US";
  const when = (options: Intl.DateTimeFormatOptions, zone = timeZone) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
    return (at: Moment) => {
      const read = readMoment(at);
      return read ? made.format(read) : NOTHING;
    };
  };
  const count = (options: Intl.NumberFormatOptions) => {
    const made = new Intl.NumberFormat(locale, options);
    return (value: Amount) => {
      const read = typeof value === "string" ? Number(value) : value;
      return read === null || read === undefined || Number.isNaN(read) ? NOTHING : made.format(read);
    };
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const ymd: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", day: "numeric" };
  const hm: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return {
    lang,
    timeZone,
    currency,
    number: count({ maximumFractionDigits: 2 }),
    whole: count({ maximumFractionDigits: 0 }),
    /** 12,345 as 12K or 1.2만. */
    short: count({ notation: "compact", maximumFractionDigits: 1 }),
    money: count({ style: "currency", currency, currencyDisplay: "narrowSymbol" }),
    /** Money without the last digits: for headlines. */
    moneyShort: count({ style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 0, minimumFractionDigits: 0 }),
    /** 1,234,567 as $1.2M: where there is little room. */
    moneyTiny: count({ style: "currency", currency, currencyDisplay: "narrowSymbol", notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 }),
    /** 0.123 as 12.3%. */
    percent: count({ style: "percent", maximumFractionDigits: 1 }),
    /** With + and −. */
    signed: count({ signDisplay: "exceptZero", maximumFractionDigits: 1 }),
    signedPercent: count({ style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 1 }),
    date: when(ymd),
    /** The day that it is on the shop's clock, or so many days from it, as the API writes it. */
    today: (days = 0, now = Date.now()): string => new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(now + days * 86_400_000),
    /** A calendar day as the API writes it (2026-11-22), which has no time zone. */
    day: when(ymd, "UTC"),
    /** The same without the year. */
    monthDay: when({ month: "short", day: "numeric" }, "UTC"),
    time: when(hm),
    moment: when({ ...ymd, ...hm }),
    exact: when({ ...ymd, ...hm, second: "2-digit", timeZoneName: "short" }),
    ago: (at: Moment, now = Date.now()) => {
      const read = readMoment(at);
      if (!read) return NOTHING;
      const seconds = (read.getTime() - now) / 1000;
      const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
      return step ? relative.format(Math.round(seconds / step[1]), step[0]) : sayIn(words, lang)("justNow");
    },
    bytes: (size: number) => {
      const unit = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
      const power = size < 1 ? 0 : Math.min(4, Math.floor(Math.log10(size) / 3));
      return count({ style: "unit", unit: unit[power] ?? "byte", unitDisplay: "short", maximumFractionDigits: 1 })(size / 1000 ** power);
    },
  };
}

export type Format = ReturnType<typeof formats>;

export function useFormat(): Format {
  const lang = useLang();
  const here = useSyncExternalStore(watch, () => shop);
  return useMemo(() => formats(lang, here), [lang, here]);
}
