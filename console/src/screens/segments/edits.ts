/** Changes of a rule's tree. Every one gives a new tree; the old one is what undo goes back to. */
import type { Card, GroupCard, Root } from "./tree";
import { newId } from "./tree";

type Parts = readonly Card[];

/** Inner groups first: a group that the change itself makes is not walked into again. */
const into = (parts: Parts, change: (parts: Parts) => Card[]): Card[] =>
  change(parts.map((card) => (card.kind === "group" ? { ...card, parts: into(card.parts, change) } : card)));

const over = (root: Root, change: (parts: Parts) => Card[]): Root => ({ ...root, parts: into(root.parts, change) });

export function find(root: Root, id: number): Card | null {
  const look = (parts: Parts): Card | null => {
    for (const card of parts) {
      if (card.id === id) return card;
      const inner = card.kind === "group" ? look(card.parts) : null;
      if (inner) return inner;
    }
    return null;
  };
  return look(root.parts);
}

export const replaced = (root: Root, id: number, next: Card): Root =>
  over(root, (parts) => parts.map((card) => (card.id === id ? next : card)));

/** A group that loses its last part goes, too. */
export function removed(root: Root, id: number): Root {
  const clean = (parts: Parts): Card[] =>
    parts
      .filter((card) => card.id !== id)
      .map((card) => (card.kind === "group" ? { ...card, parts: clean(card.parts) } : card))
      .filter((card) => card.kind !== "group" || card.parts.length > 0);
  return { ...root, parts: clean(root.parts) };
}

/** Put a card into a group (null: the root), at a place or at its end. */
export function inserted(root: Root, group: number | null, card: Card, at?: number): Root {
  const put = (parts: Parts): Card[] => [...parts.slice(0, at ?? parts.length), card, ...parts.slice(at ?? parts.length)];
  const target = group === null ? null : find(root, group);
  if (!target || target.kind !== "group") return { ...root, bare: root.parts.length === 0 && root.bare, parts: put(root.parts) };
  return replaced(root, target.id, { ...target, parts: put(target.parts) });
}

/** One place up or down among its neighbours. */
export function shifted(root: Root, id: number, by: 1 | -1): Root {
  return over(root, (parts) => {
    const from = parts.findIndex((card) => card.id === id);
    const to = from + by;
    if (from < 0 || to < 0 || to >= parts.length) return [...parts];
    const next = [...parts];
    [next[from], next[to]] = [next[to] as Card, next[from] as Card];
    return next;
  });
}

/** Into a group of its own. */
export function wrapped(root: Root, id: number): Root {
  const group = (card: Card): GroupCard => ({ id: newId(), not: false, kind: "group", how: root.how === "all" ? "any" : "all", parts: [card] });
  return over(root, (parts) => parts.map((card) => (card.id === id ? group(card) : card)));
}

/** A group's parts in its place. */
export const unwrapped = (root: Root, id: number): Root =>
  over(root, (parts) => parts.flatMap((card) => (card.id === id && card.kind === "group" && !card.not ? card.parts : [card])));

/** A card into another group, not into itself. */
export function moved(root: Root, id: number, group: number | null): Root {
  const card = find(root, id);
  if (!card || card.id === group || (group !== null && card.kind === "group" && find({ ...root, parts: card.parts }, group))) return root;
  return inserted(removed(root, id), group, card);
}

/** Where each card stands, as the server names places: `where.all[2].any[0]`. */
export function places(root: Root): Map<string, number> {
  const found = new Map<string, number>();
  const walk = (card: Card, place: string) => {
    const inner = card.not && card.kind !== "in" ? `${place}.not` : place;
    found.set(place, card.id);
    if (inner !== place) found.set(inner, card.id);
    if (card.kind === "group") for (const [i, part] of card.parts.entries()) walk(part, `${inner}.${card.how}[${i}]`);
  };
  const bare = root.bare && root.parts.length === 1;
  for (const [i, part] of root.parts.entries()) walk(part, bare ? "where" : `where.${root.how}[${i}]`);
  return found;
}

/** The card a problem is about: the innermost one whose place it lies in. */
export function cardAt(found: Map<string, number>, where: string): number | null {
  let best = "";
  for (const place of found.keys()) {
    const within = where === place || where.startsWith(`${place}.`) || where.startsWith(`${place}[`);
    if (within && place.length > best.length) best = place;
  }
  return found.get(best) ?? null;
}
