/** Asking the server: one hook for an answer, one for who is behind a number. The question is the cache's key. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, download } from "../../api";
import { useLang } from "../../ui/words";
import type { Fields, Question, Value } from "./question";

export type Row = Fields;
export type Stretch = { start: string; end: string };

/** What `POST /v1/insights/{kind}` answers. */
export type Answered = {
  kind: string;
  question: Question;
  says: string;
  definition: string;
  as_of: string;
  period: Stretch;
  compared: Stretch | null;
  rows_read: number;
  seconds: number;
  by: string;
  sql: string[];
  notes: string[];
  facts: Fields;
  data: Record<string, Row[]>;
};

/** What `GET /v1/insights` says of one kind. */
export type KindOf = { kind: string; says: string; asks: string; definition: string; people: boolean; schema: Schema };

/** As much of JSON Schema as pydantic's models use. */
export type Schema = {
  type?: string;
  title?: string;
  description?: string;
  default?: Value;
  const?: Value;
  enum?: Value[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  $ref?: string;
  $defs?: Record<string, Schema>;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
};

export type People = {
  customers: number;
  ids: number[];
  rule: Fields | null;
  exact: boolean;
  sentence: string;
  sql: string;
};

const MINUTES = 60_000;

export function useKinds() {
  const lang = useLang();
  return useQuery({
    queryKey: ["insights", lang],
    queryFn: ({ signal }) => api.get<KindOf[]>("/v1/insights", { lang }, signal),
    staleTime: 10 * MINUTES,
  });
}

/** The answer to a question; while another is asked, the one before stays. */
export function useAnswered(kind: string, question: Question, enabled = true) {
  const lang = useLang();
  return useQuery({
    queryKey: ["insight", kind, question, lang],
    queryFn: ({ signal }) => api.post<Answered>(`/v1/insights/${encodeURIComponent(kind)}`, question, { signal, query: { lang } }),
    placeholderData: keepPreviousData,
    staleTime: MINUTES,
    enabled,
  });
}

/** The customers behind a cell: what a row of the answer says of itself. */
export function usePeople(kind: string, question: Question, cell: Row | null) {
  const lang = useLang();
  return useQuery({
    queryKey: ["people", kind, question, cell, lang],
    queryFn: ({ signal }) =>
      api.post<People>(`/v1/insights/${encodeURIComponent(kind)}/people`, { question, cell }, { signal, query: { lang } }),
    enabled: cell !== null,
    staleTime: MINUTES,
  });
}

/** The defaults of a kind, as its schema says them. */
export function defaultsOf(schema: Schema | undefined): Question {
  const found: Question = {};
  for (const [name, field] of Object.entries(schema?.properties ?? {}))
    if (name !== "kind" && field.default !== undefined && field.default !== null) found[name] = field.default;
  return found;
}

export const saveFile = (kind: string, question: Question, format: "csv" | "parquet", table: string) =>
  download("POST", `/v1/insights/${encodeURIComponent(kind)}/${format}`, `${kind}-${table}.${format}`, question, { table });

/* What there is to choose from: names of events, traits and segments. */
export type Named = { value: string; label: string; size: number | null };

export function useEvents() {
  return useQuery({
    queryKey: ["events"],
    queryFn: async ({ signal }) => {
      const rows = await api.get<{ event: string | null; count: number }[]>("/v1/events", {}, signal);
      const counts = new Map<string, number>();
      for (const row of rows) if (row.event) counts.set(row.event, (counts.get(row.event) ?? 0) + row.count);
      return [...counts].map(([value, size]): Named => ({ value, label: value, size })).sort((a, b) => (b.size ?? 0) - (a.size ?? 0));
    },
    staleTime: 5 * MINUTES,
  });
}

export type TraitOf = { trait: string; family: string; says: string; type: string; filled: number | null };

export function useTraits() {
  const lang = useLang();
  return useQuery({
    queryKey: ["traits", lang],
    queryFn: ({ signal }) => api.get<TraitOf[]>("/v1/traits", { lang }, signal),
    staleTime: 5 * MINUTES,
  });
}

export type SegmentOf = { segment: string; says: string; customers: number | null };

export function useSegments() {
  const lang = useLang();
  return useQuery({
    queryKey: ["segments", "names", lang],
    queryFn: ({ signal }) => api.get<SegmentOf[]>("/v1/segments", { lang }, signal),
    staleTime: 5 * MINUTES,
  });
}

export function useProperties(event: string) {
  return useQuery({
    queryKey: ["properties", event],
    queryFn: ({ signal }) => api.get<{ property: string; types: string; examples: string[] }[]>("/v1/events/properties", { event }, signal),
    enabled: event !== "",
    staleTime: 5 * MINUTES,
  });
}
