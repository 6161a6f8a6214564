/** Links of paths to the columns of a Sankey, from left to right in time. Pure. */
import type { Row } from "../asking";
import { num, txt } from "./kit";
import type { Flow } from "./sankey";

export const END = "\u2063end";
export const OTHERS = "\u2063others";
export const START = "\u2063start";

const keyOf = (column: number, kind: string, label: string): string =>
  `${column} ${kind === "node" ? label : kind === "others" ? OTHERS : kind === "start" ? START : END}`;

/** Positions count from 0 on; going back they are told as 0, −1, …: the further back, the further left. Whoever ends at one of the goal's events is not lost. */
export function flows(links: readonly Row[], backwards: boolean, goals: readonly string[] = []): Flow[] {
  return links.map((row) => {
    const step = num(row, "step") ?? 0;
    const [from, to] = backwards ? [step - 1, step] : [step, step + 1];
    const lost = txt(row, "target_kind") === "end" && !goals.includes(txt(row, "source"));
    return {
      from: keyOf(from, txt(row, "source_kind"), txt(row, "source")),
      to: keyOf(to, txt(row, "target_kind"), txt(row, "target")),
      n: num(row, "journeys") ?? 0,
      ...(lost ? { tone: "lost" as const } : {}),
    };
  });
}

/** What a node's key says: its column and its label. */
export function nodeOf(key: string): { step: number; label: string } {
  const gap = key.indexOf(" ");
  return { step: Math.abs(Number(key.slice(0, gap))), label: key.slice(gap + 1) };
}

export const isNamed = (label: string): boolean => label !== END && label !== OTHERS && label !== START;
