/** New cards, with a first test that somebody may well have meant. */
import type { Fields, TraitField } from "./api";
import { type Card, type Json, newId, readCard } from "./tree";

/** What the rail offers: a card of this kind, about this. It travels as text when it is dragged. */
export type Offer =
  | { of: "trait" | "event" | "segment" | "rank" | "top"; name: string }
  | { of: "consent" | "reachable"; name: string }
  | { of: "sequence" | "split" | "birthday" | "anniversary"; name: "" };

export const OFFER = "application/x-dangol-condition";
export const MOVED = "application/x-dangol-card";

function traitBody(trait: TraitField): Json {
  const head = trait.family === "analytic" ? "score" : "trait";
  const first = trait.values[0]?.value;
  const asked: Record<string, Json> =
    trait.group === "bool"
      ? { is: true }
      : trait.group === "time"
        ? { within: "90 days" }
        : trait.group === "list"
          ? { has_any: first === undefined ? [] : [first] }
          : trait.group === "number"
            ? { at_least: trait.share || trait.family === "analytic" ? 0.5 : 1 }
            : { in: first === undefined ? [] : [first] };
  return { [head]: trait.name, ...asked };
}

function bodyOf(offer: Offer, fields: Fields): Json {
  const ranked = fields.traits.find((t) => t.name === "revenue") ?? fields.traits.find((t) => t.group === "number");
  const dated = fields.traits.find((t) => t.group === "time");
  switch (offer.of) {
    case "trait": {
      const trait = fields.traits.find((t) => t.name === offer.name);
      return trait ? traitBody(trait) : { trait: offer.name, exists: true };
    }
    case "event":
      return { did: offer.name, at_least: 1, within: "90 days" };
    case "segment":
      return { in: offer.name };
    case "consent":
      return { consent: { channel: offer.name, purpose: "advertising", is: "granted" } };
    case "reachable":
      return { reachable: offer.name };
    case "top":
      return { top: { by: offer.name || (ranked?.name ?? ""), percent: 10 } };
    case "rank":
      return { rank: offer.name || (ranked?.name ?? ""), at_least: 90 };
    case "split":
      return { split: { name: "test", from: 0, to: 0.1 } };
    case "birthday":
      return { birthday: { of: "birthday", within_next: "7 days" } };
    case "anniversary":
      return { anniversary: { of: dated?.name ?? "first_order_at", within_next: "7 days" } };
    case "sequence": {
      const names = fields.events.map((e) => e.event);
      const seen = names.find((n) => n !== "Order Completed") ?? "Product Viewed";
      return { sequence: [{ did: seen }, { did: "Order Completed", within: "7 days" }], within: "90 days" };
    }
  }
}

export const make = (offer: Offer, fields: Fields): Card => readCard(bodyOf(offer, fields));

/** The same card once more, with ids of its own. */
export function copied(card: Card): Card {
  const fresh = structuredClone(card);
  const renumber = (each: Card) => {
    each.id = newId();
    if (each.kind === "group") for (const part of each.parts) renumber(part);
    if (each.kind === "sequence") for (const step of each.steps) step.id = newId();
  };
  renumber(fresh);
  return fresh;
}
