/** What people call the things a question names: `trait:age`, `property:channel`, `segment:regulars`. */
import { useCallback, useMemo } from "react";

import { useWords } from "../../../ui/words";
import { useSegments, useTraits } from "../asking";
import { words } from "./words";

export const COLUMNS = ["channel", "source", "device", "category", "place", "campaign", "coupon"] as const;
export const AROUND = ["weekday", "hour_band", "day_off", "holiday", "weather"] as const;
const WORDED = new Set<string>([...COLUMNS, ...AROUND, "product_id", "name", "hour"]);

export type Offered = { group: string; items: { value: string; label: string; type: string }[] };

export function useNames(): (name: string) => string {
  const t = useWords(words);
  const traits = useTraits().data;
  const segments = useSegments().data;
  const known = useMemo(() => {
    const found = new Map<string, string>();
    for (const trait of traits ?? []) found.set(`trait:${trait.trait}`, trait.says || trait.trait);
    for (const one of segments ?? []) found.set(`segment:${one.segment}`, one.says || one.segment);
    return found;
  }, [traits, segments]);
  return useCallback(
    (name: string) => {
      const [family = "", ...rest] = name.split(":");
      const own = rest.join(":");
      if (family === "property" && WORDED.has(own)) return t(`c_${own}` as "c_channel");
      return known.get(name) ?? (own || name);
    },
    [known, t],
  );
}

/** Everything one may break down or filter by, grouped. `families`: which groups. */
export function useOffered(families: readonly ("event" | "around" | "trait" | "segment")[]): Offered[] {
  const t = useWords(words);
  const traits = useTraits().data;
  const segments = useSegments().data;
  return useMemo(() => {
    const found: Offered[] = [];
    const columns = (group: string, names: readonly string[]) =>
      found.push({ group, items: names.map((n) => ({ value: `property:${n}`, label: t(`c_${n}` as "c_channel"), type: n === "day_off" ? "yes/no" : "text" })) });
    if (families.includes("event")) columns(t("g_event"), COLUMNS);
    if (families.includes("around")) columns(t("g_around"), AROUND);
    if (families.includes("trait"))
      for (const family of ["demographic", "behavioural", "analytic"] as const) {
        const items = (traits ?? [])
          .filter((trait) => trait.family === family && trait.filled !== 0)
          .map((trait) => ({ value: `trait:${trait.trait}`, label: trait.says || trait.trait, type: trait.type }));
        if (items.length) found.push({ group: t(`g_${family}`), items });
      }
    if (families.includes("segment") && segments?.length)
      found.push({
        group: t("g_segment"),
        items: segments.map((one) => ({ value: `segment:${one.segment}`, label: one.says || one.segment, type: "segment" })),
      });
    return found;
  }, [families, segments, t, traits]);
}
