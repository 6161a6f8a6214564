/** Periods and lengths of time as questions write them. Pure. */

/** What the server reads, by the word for it. */
export const PERIODS = {
  p_7: "7 days",
  p_30: "30 days",
  p_90: "90 days",
  p_12w: "12 weeks",
  p_12m: "12 months",
  p_1y: "1 year",
  p_month: "this month",
  p_lastMonth: "last month",
  p_year: "this year",
  p_lastYear: "last year",
  p_all: "all",
} as const;

export type PeriodWord = keyof typeof PERIODS;

const DAYS = /^(\d{4}-\d{2}-\d{2})\s*(?:\.\.|~)\s*(\d{4}-\d{2}-\d{2})?$/;

export function wordOf(period: string): PeriodWord | undefined {
  const said = period.trim().toLowerCase();
  return (Object.keys(PERIODS) as PeriodWord[]).find((word) => PERIODS[word] === said);
}

/** The days of `FROM..TO`; an open end is "". */
export function daysOf(period: string): { from: string; to: string } | undefined {
  const found = DAYS.exec(period.trim());
  return found?.[1] ? { from: found[1], to: found[2] ?? "" } : undefined;
}

/** `FROM..TO`, the earlier day first; nothing without a first day. */
export function between(from: string, to: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(from)) return undefined;
  if (to && to < from) return `${to}..${from}`;
  return `${from}..${to}`;
}

export const UNITS = ["minute", "hour", "day", "week", "month"] as const;
export type Unit = (typeof UNITS)[number];
export type Length = { n: number; unit: Unit };

/** `7 days`, `1 hour`; undefined for what is no such length (a person may have written `3개월` by hand). */
export function lengthOf(text: string): Length | undefined {
  const found = /^(\d+)\s+(minute|hour|day|week|month)s?$/.exec(text.trim().toLowerCase());
  return found ? { n: Number(found[1]), unit: found[2] as Unit } : undefined;
}

export const lengthText = ({ n, unit }: Length): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
