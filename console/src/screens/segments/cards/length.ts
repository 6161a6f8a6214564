/** Lengths of time as the rule language writes them: a number and a unit. */
import type { Json } from "../tree";

export const UNITS = ["minute", "hour", "day", "week", "month", "year"] as const;
type Unit = (typeof UNITS)[number] | "second";
const SECONDS = [["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]] as const;

/** How the rule language writes units, beside their own names in singular and plural. */
const SPELT: Readonly<Record<string, Unit>> = {
  초: "second", min: "minute", 분: "minute", 시간: "hour", 일: "day", 주: "week", 주일: "week", 개월: "month", 달: "month", 년: "year",
};
const isUnit = (text: string): text is Unit => text === "second" || UNITS.some((unit) => unit === text);

/**
 * A length of time as a number and a unit; null: it is written in a way of its own, and shown so. What a machine wrote in seconds
 * is shown in the largest unit that holds it whole.
 */
export const readLength = (value: Json): { n: number; unit: Unit } | null => {
  const found = /^\s*(\d{1,9})\s*([A-Za-z가-힣]+)\s*$/.exec(String(value).normalize("NFC"));
  const said = found?.[2]?.toLowerCase() ?? "";
  const unit = SPELT[said] ?? [said, said.replace(/s$/, "")].find(isUnit);
  if (!found || !unit) return null;
  const n = Number(found[1]);
  const larger = unit === "second" && n > 0 ? SECONDS.find(([, size]) => n % size === 0) : undefined;
  return larger ? { n: n / larger[1], unit: larger[0] } : { n, unit };
};
export const writeLength = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
