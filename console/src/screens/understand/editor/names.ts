/** What people call the things a question names: `trait:age`, `property:channel`, `segment:regulars`, `event:Order Completed`. */
import { useMemo } from "react";

import { useWords } from "../../../ui";
import { type Catalogue, useCatalogue } from "../asking";
import { words } from "./words";

export const COLUMNS = ["channel", "source", "device", "category", "place", "campaign", "coupon"] as const;
export const AROUND = ["weekday", "hour_band", "day_off", "holiday", "weather"] as const;

export type Names = (name: string) => string;
export type Option = { value: string; label: string };
export type Offered = { group: string; items: { value: string; label: string; type: string }[] };
export type Family = "event" | "around" | "trait" | "segment";

/** name → what it is called; values as `trait:stage=won_back`. */
export function namesOf(found: Catalogue | undefined): Map<string, string> {
  const known = new Map<string, string>();
  if (!found) return known;
  for (const trait of found.traits) {
    known.set(`trait:${trait.name}`, trait.label);
    for (const { value, label } of trait.values) known.set(`trait:${trait.name}=${value}`, label);
  }
  for (const one of found.segments) known.set(`segment:${one.segment}`, one.label);
  for (const one of found.events) {
    known.set(`event:${one.event}`, one.label);
    known.set(`property:name=${one.event}`, one.label);
  }
  for (const field of [...found.fields.items, ...found.fields.events, ...found.fields.around]) {
    known.set(`property:${field.name}`, field.label);
    for (const { value, label } of field.values ?? []) known.set(`property:${field.name}=${value}`, label);
  }
  for (const { value, label } of [...found.channels.consent, ...found.channels.reachable]) known.set(`property:channel=${value}`, label);
  return known;
}

/** The name itself, without what kind of thing it is, where nobody gave it a word. */
export const bare = (name: string): string => {
  const own = name.slice(name.indexOf(":") + 1);
  return own.includes("=") ? own.slice(own.indexOf("=") + 1) : own;
};

export function useNames(): Names {
  const found = useCatalogue().data;
  return useMemo(() => {
    const known = namesOf(found);
    return (name: string) => known.get(name) ?? bare(name);
  }, [found]);
}

/** Everything one may break down or filter by, grouped. */
export function useOffered(families: readonly Family[]): Offered[] {
  const t = useWords(words);
  const found = useCatalogue().data;
  return useMemo(() => {
    if (!found) return [];
    const fields = (group: string, all: Catalogue["fields"]["events"], names: readonly string[]): Offered => ({
      group,
      items: names.flatMap((name) => all.filter((field) => field.name === name).map((field) => ({ value: `property:${name}`, label: field.label, type: field.group }))),
    });
    const traits = (["demographic", "behavioural", "analytic"] as const).map((family) => ({
      group: t(`g_${family}`),
      items: found.traits.filter((trait) => trait.family === family && trait.filled > 0).map((trait) => ({ value: `trait:${trait.name}`, label: trait.label, type: trait.group })),
    }));
    const segments = { group: t("g_segment"), items: found.segments.map((one) => ({ value: `segment:${one.segment}`, label: one.label, type: "segment" })) };
    return [
      ...(families.includes("event") ? [fields(t("g_event"), found.fields.events, COLUMNS)] : []),
      ...(families.includes("around") ? [fields(t("g_around"), found.fields.around, AROUND)] : []),
      ...(families.includes("trait") ? traits : []),
      ...(families.includes("segment") ? [segments] : []),
    ].filter((group) => group.items.length > 0);
  }, [families, found, t]);
}
