/** What a recording's events say about its time, without playing it. Pure. Times are milliseconds. */

export type Recorded = { type: number; timestamp: number; data?: unknown };
export type RecordedPage = { page: string; events: Recorded[] };

/** One page of a visit, ready to be played: `start` is where it lies on the visit's own clock. */
export type Leaf = { page: string; events: Recorded[]; begins: number; ends: number; start: number; length: number };

/** rrweb's numbers: kinds of event, and sources of incremental ones that a person caused. */
const SNAPSHOT = 2;
const INCREMENTAL = 3;
const META = 4;
const BY_HAND = new Set([1, 2, 3, 5, 6, 12]);
const CLICK = 2;
const INPUT = 5;

/** Pauses that are skipped: nobody did anything for longer than this. */
export const QUIET = 10_000;

function incremental(event: Recorded): { source: number; type: number | undefined } | undefined {
  if (event.type !== INCREMENTAL || typeof event.data !== "object" || event.data === null) return undefined;
  const { source, type } = event.data as { source?: unknown; type?: unknown };
  if (typeof source !== "number") return undefined;
  return { source, type: typeof type === "number" ? type : undefined };
}

/** Whether a person did this, rather than the page by itself. */
export function byHand(event: Recorded): boolean {
  const said = incremental(event);
  return said !== undefined && BY_HAND.has(said.source);
}

export const isClick = (event: Recorded): boolean => {
  const said = incremental(event);
  return said?.source === CLICK && said.type === CLICK;
};

export const isInput = (event: Recorded): boolean => incremental(event)?.source === INPUT;

/** The pages of a visit in order, each playable alone; those that never showed a whole page are left out. */
export function leaves(pages: readonly RecordedPage[]): Leaf[] {
  const found = pages
    .map(({ page, events }) => {
      const sorted = [...events].sort((a, b) => a.timestamp - b.timestamp || a.type - b.type);
      const first = sorted.findIndex((event) => event.type === META || event.type === SNAPSHOT);
      return { page, events: first < 0 ? [] : sorted.slice(first) };
    })
    .filter(({ events }) => events.length >= 2 && events.some((event) => event.type === SNAPSHOT))
    .map(({ page, events }) => {
      const begins = events[0]?.timestamp ?? 0;
      const ends = events.at(-1)?.timestamp ?? begins;
      return { page, events, begins, ends, length: Math.max(0, ends - begins) };
    })
    .sort((a, b) => a.begins - b.begins);
  let start = 0;
  return found.map((leaf) => {
    const here = { ...leaf, start };
    start += leaf.length;
    return here;
  });
}

/** How long the whole visit plays. */
export const lengthOf = (all: readonly Leaf[]): number => all.reduce((sum, leaf) => sum + leaf.length, 0);

/** Which page a moment of the visit's own clock falls on, and how far into it. */
export function locate(all: readonly Leaf[], at: number): { leaf: number; offset: number } {
  const moment = Math.min(Math.max(0, at), lengthOf(all));
  for (let n = all.length - 1; n > 0; n--) {
    const leaf = all[n];
    if (leaf && moment >= leaf.start) return { leaf: n, offset: moment - leaf.start };
  }
  return { leaf: 0, offset: moment };
}

/** How much a person did in each of `parts` equal parts of a visit, the busiest being 1. */
export function activity(all: readonly Leaf[], parts: number): number[] {
  const whole = lengthOf(all);
  const counts = Array.from({ length: parts }, () => 0);
  if (whole <= 0) return counts;
  for (const leaf of all)
    for (const event of leaf.events) {
      if (!byHand(event)) continue;
      const place = Math.min(parts - 1, Math.floor(((leaf.start + event.timestamp - leaf.begins) / whole) * parts));
      counts[place] = (counts[place] ?? 0) + 1;
    }
  const most = Math.max(...counts);
  return most === 0 ? counts : counts.map((n) => n / most);
}

/** Seconds a visit takes when pauses are left out: the sum of gaps between what people did, each at most `QUIET`. */
export function busy(all: readonly Leaf[]): number {
  return all.reduce((sum, leaf) => {
    const moments = [leaf.begins, ...leaf.events.filter(byHand).map((event) => event.timestamp), leaf.ends];
    return sum + moments.slice(1).reduce((s, at, n) => s + Math.min(QUIET, Math.max(0, at - (moments[n] ?? at))), 0);
  }, 0);
}

/** `1:05`, `1:02:09`. */
export function clock(milliseconds: number): string {
  const all = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
