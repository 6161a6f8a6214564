/** How long something takes, in the two largest units that matter. Pure. */
import type { Say } from "../../../ui/words";
import type { words } from "./words";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** `2 d 3 h`, `45 s`; – where there is none. */
export function span(seconds: number | null, t: Say<typeof words>): string {
  if (seconds === null) return "–";
  const all = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => all >= size);
  if (first < 0) return t("t_s", { n: 0 });
  const parts: string[] = [];
  let rest = all;
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(t(`t_${unit}`, { n }));
  }
  return parts.join(" ");
}
