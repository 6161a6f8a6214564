import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api";
import { useLang } from "../../ui";

export type Family = "demographic" | "behavioural" | "analytic";
export type ColumnInfo = { column: string; says: string; family: Family | ""; type: string; unit: string; default?: boolean };
export type Row = { customer: string; customer_id: number; values: Record<string, string | number | boolean | null>; words: Record<string, string> };
export type Listed = { columns: ColumnInfo[]; rows: Row[]; of: number; query: string; as_of: string | null; computed: boolean; choice: ColumnInfo[] };

export type TraitRow = {
  trait: string;
  family: Family;
  says: string;
  value: string | null;
  raw: unknown;
  unit: string;
  type: string;
  as_of: string | null;
  rule: string;
};
export type Identifier = {
  node: string;
  kind: string;
  says: string;
  value: string | null;
  first_seen: string | null;
  last_seen: string | null;
  source: string | null;
  why: string;
  oldest: boolean;
  entry: number | null;
};
export type SegmentRow = { segment: string; says: string; rule: string; state: "in" | "left" | "out"; since: string | null; left_at: string | null };
export type Personal = { node?: string; kind: string; says: string; value: string; source: string | null };
export type Sheet = {
  customer: string;
  customer_id: number;
  asked: string;
  events: number;
  orders: number;
  first_at: string | null;
  last_at: string | null;
  first_seen: string | null;
  last_seen: string | null;
  person: Personal[];
  identifiers: Identifier[];
  traits: TraitRow[];
  segments: SegmentRow[];
  consents: { purpose: string; channel: string; channel_says: string; state: string; at: string | null; source: string | null }[];
};

export type Happening = {
  kind: "order" | "event" | "consent" | "identity";
  at: string;
  id: string;
  name?: string;
  says?: string;
  source?: string;
  channel_says?: string;
  device_says?: string;
  amount?: number;
  discount?: number;
  order_id?: string;
  product_id?: string;
  category?: string;
  place?: string;
  campaign?: string;
  coupon?: string;
  properties?: Record<string, unknown>;
  lines?: { line: number; product_id?: string | null; title?: string | null; category?: string | null; quantity?: number | null; price?: number | null; amount?: number | null }[];
  purpose?: string;
  state?: string;
  action?: string;
  actor?: string;
  entry?: number;
};
export type Happened = { customer: string; rows: Happening[]; next: string | null; counts?: { kind: string; name: string; says: string; n: number }[] };

export type Brief = { identifiers: { node: string; kind: string; says: string }[]; events: number; orders: number; revenue: number; consents: number; segments: number };
export type Repaired = {
  customer: string;
  before: Brief | null;
  after: Brief | null;
  enters: { segment: string; says: string }[];
  leaves: { segment: string; says: string }[];
  traits: { trait: string; says: string; before: string | null; after: string | null }[];
};
export type Repair = { moved: { node: string; from: string | null; to: string | null }[]; customers: Repaired[]; conflicts: number };
export type Done = { entry: number | null; moved: { kind: string; node: string; from: string; to: string }[] };

export type Step = { way: "apart"; identifiers: string[] } | { way: "merge"; other: string } | { way: "back"; entry: number };

export function useList(asked: { columns: string[]; order: string; segment: string; value: string; offset: number; limit: number }) {
  const lang = useLang();
  return useQuery({
    queryKey: ["customers", "list", asked, lang],
    queryFn: ({ signal }) => api.post<Listed>("/v1/customers/list", asked, { signal, query: { lang } }),
  });
}

export function useSheet(customer: string) {
  const lang = useLang();
  return useQuery({
    queryKey: ["customer", customer, "sheet", lang],
    queryFn: ({ signal }) => api.get<Sheet>(`/v1/customers/${customer}/sheet`, { lang }, signal),
    placeholderData: undefined,
  });
}

export function useTimeline(customer: string, kinds: string, name: string) {
  const lang = useLang();
  return useInfiniteQuery({
    queryKey: ["customer", customer, "timeline", kinds, name, lang],
    queryFn: ({ signal, pageParam }) => api.get<Happened>(`/v1/customers/${customer}/timeline`, { kinds, name, before: pageParam, limit: 30, lang }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: undefined,
  });
}

const path = (customer: string, step: Step) => `/v1/customers/${customer}/${step.way === "merge" ? "merge" : "unmerge"}`;
const body = (step: Step) =>
  step.way === "merge" ? { other: step.other } : step.way === "apart" ? { identifiers: step.identifiers } : { entry: step.entry };

export const preview = (customer: string, step: Step, lang: string, signal?: AbortSignal) =>
  api.post<Repair>(path(customer, step), { ...body(step), dry_run: true }, { query: { lang }, signal });

/** Do it; everything about customers is asked anew afterwards. */
export function useStep(customer: string) {
  const client = useQueryClient();
  return async (step: Step, reason: string): Promise<Done> => {
    const done = await api.post<Done>(path(customer, step), { ...body(step), reason });
    await client.invalidateQueries({ predicate: (query) => ["customer", "customers", "segments", "home", "identity"].includes(String(query.queryKey[0])) });
    return done;
  };
}
