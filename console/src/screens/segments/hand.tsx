/** What a card may do with the rule it stands in. */
import { createContext, useContext } from "react";

import type { Fields, Problem } from "./api";
import type { Card, Root } from "./tree";

export type Hand = {
  fields: Fields;
  root: Root;
  change: (next: Root) => void;
  /** The group that the rail adds to; null: the whole rule. */
  target: number | null;
  aim: (group: number | null) => void;
  wrong: ReadonlyMap<number, readonly Problem[]>;
  readOnly: boolean;
};

const Held = createContext<Hand | null>(null);
export const Holding = Held.Provider;

export function useHand(): Hand {
  const hand = useContext(Held);
  if (!hand) throw new Error("outside the builder");
  return hand;
}

export type CardProps<C extends Card> = { card: C; set: (next: C) => void };
