/** Where tiles stand. They flow in their order, left to right, as wide as they are; places are reckoned from that. Pure. */
import type { Tile } from "../understand/boards";

export const WIDE = 12;
export const WIDTHS = [3, 4, 6, 8, 9, 12] as const;
export const TALLEST = 12;
/** Pixels of one row of the grid. */
export const ROW = 88;

/** The order people read: from the top, then from the left. */
export const inOrder = (tiles: readonly Tile[]): Tile[] => [...tiles].sort((a, b) => a.y - b.y || a.x - b.x);

/** Tiles in their order to places: a line takes what fits in 12 columns, and is as high as its highest. */
export function placed(tiles: readonly Tile[]): Tile[] {
  let [x, y, high] = [0, 0, 0];
  return tiles.map((tile) => {
    const w = Math.max(1, Math.min(WIDE, tile.w));
    if (x + w > WIDE) [x, y, high] = [0, y + high, 0];
    const here = { ...tile, w, x, y };
    x += w;
    high = Math.max(high, tile.h);
    return here;
  });
}

/** A tile taken to another place in the order; everything else keeps its order. */
export function moved(tiles: readonly Tile[], id: string, to: number): Tile[] {
  const all = inOrder(tiles);
  const from = all.findIndex((tile) => tile.id === id);
  const [tile] = from < 0 ? [] : all.splice(from, 1);
  if (!tile) return placed(all);
  all.splice(Math.max(0, Math.min(all.length, to)), 0, tile);
  return placed(all);
}

/** A tile made wider, narrower, higher or lower by a step. */
export function sized(tiles: readonly Tile[], id: string, wider: number, higher: number): Tile[] {
  return placed(
    inOrder(tiles).map((tile) => {
      if (tile.id !== id) return tile;
      return { ...tile, w: stepped(tile.w, wider), h: Math.max(2, Math.min(TALLEST, tile.h + higher)) };
    }),
  );
}

/** A tile as wide and high as a hand drew it: the nearest width there is, whole rows. */
export function drawn(tiles: readonly Tile[], id: string, w: number, h: number): Tile[] {
  const near = WIDTHS.reduce<number>((best, one) => (Math.abs(one - w) < Math.abs(best - w) ? one : best), WIDTHS[0]);
  const high = Math.max(2, Math.min(TALLEST, Math.round(h)));
  return placed(inOrder(tiles).map((tile) => (tile.id === id ? { ...tile, w: near, h: high } : tile)));
}

function stepped(w: number, by: number): number {
  if (by === 0) return w;
  const wanted = by > 0 ? WIDTHS.find((one) => one > w) : WIDTHS.findLast((one) => one < w);
  return wanted ?? w;
}

export const without = (tiles: readonly Tile[], id: string): Tile[] => placed(inOrder(tiles).filter((tile) => tile.id !== id));
