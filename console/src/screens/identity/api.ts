/** What the room of identity asks of the server. */
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api";

export type Kind = {
  kind: string;
  identifiers: number;
  placed: number;
  blocked: number;
  customers: number;
  most: number;
  several: number;
  strength: Strength;
  unique: boolean;
  cap: number;
};
export type Strength = "strong" | "medium" | "weak";
export type Overview = {
  customers: number;
  identifiers: number;
  merged: number;
  kinds: Kind[];
  sizes: { size: number; customers: number }[];
  conflicts: { reason: string; n: number }[];
  blocked: { reason: string; n: number }[];
};
export type Cluster = { customer_id: number; customer: string; identifiers: number; kinds: number; first_seen: string; last_seen: string };
export type Conflict = { node: string; kind: string; reason: string; value: string | null; customers: string[]; at: string };
export type Blocked = { node: string; kind: string; value: string | null; reason: string; links: number; last_seen: string; source: string | null };
export type Entry = { entry: number; action: string; actor: string | null; at: string; why: string | null; undone: boolean; kinds: string[]; customers: string[]; node: string | null };

export type KindRule = { strength: Strength; unique: boolean; cap: number };
export type Policy = { max_partners: number; shared_device: "nobody" | "first" | "last"; kinds: Record<string, KindRule> };
export type PolicyBody = { max_partners?: number; shared_device?: string; kinds?: Record<string, Partial<KindRule>> };
export type Rules = {
  version: number;
  policy: Policy;
  base: Policy;
  body: PolicyBody;
  versions: { version: number; at: string; actor: string; note: string; body: PolicyBody }[];
};

export type Side = {
  customer: string | null;
  identifiers: { kind: string; value: string | null; first_seen: string; last_seen: string }[];
  more: number;
  person: { kind: string; value: string }[];
  events: number;
  orders: number;
  amount: number;
  first_at: string | null;
  last_at: string | null;
};
export type Pair = {
  key: string;
  joins: boolean;
  sides: [Side, Side];
  ties: { rule: string; source: string | null; fact: string | null; at: string; shared: boolean }[];
};
export type Changed = {
  change: string;
  before: string[];
  customers_before: number;
  after: (string | null)[];
  customers_after: number;
  identifiers: number;
  kinds: Record<string, number>;
};
export type Trial = {
  before: number;
  after: number;
  joins: number;
  separations: number;
  moved: number;
  conflicts_before: number;
  conflicts_after: number;
  changed: number;
  blocked: number;
  freed: number;
  changes: Changed[];
  pairs: Pair[];
};
export type Verdict = "same" | "different" | "unsure";
export type Score = { right: number; wrong: number; unsure: number; estimate: number | null; low: number | null; high: number | null };
export type Published = { version: number; merges: number; splits: number; identifiers: number; customers: number };

export type Graph = {
  customer: string;
  customer_id: number;
  identifiers: number;
  nodes: { node: string; kind: string; value: string | null; first_seen: string; last_seen: string; source: string | null; oldest: boolean; steps: number; strength: Strength }[];
  ties: { a: string; b: string; rule: string; source: string | null; fact: string | null; at: string; by_hand: boolean; entry: number | null; strength: Strength }[];
};

export const useOverview = () => useQuery({ queryKey: ["identity"], queryFn: ({ signal }) => api.get<Overview>("/v1/identity", {}, signal) });
export const useRules = () => useQuery({ queryKey: ["identity", "rules"], queryFn: ({ signal }) => api.get<Rules>("/v1/identity/rules", {}, signal) });
export const useVerdicts = () =>
  useQuery({ queryKey: ["identity", "judged"], queryFn: ({ signal }) => api.get<Record<string, { verdict: Verdict }>>("/v1/identity/rules/judged", {}, signal) });
