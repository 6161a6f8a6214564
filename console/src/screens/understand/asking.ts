/** Asking the server: one hook for an answer, one for who is behind a number. The question is the cache's key. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useContext } from "react";

import { api, download, Guest } from "../../api";
import { useLang } from "../../ui/words";
import type { Fields, Question, Value } from "./question";
import { withTicket } from "./underway";

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

/** The answer to a question, and its key; while another is asked, the one before stays. */
export function useAnswered(kind: string, question: Question) {
  const lang = useLang();
  const asks = ["insight", kind, question, lang] as const;
  const answered = useQuery({
    queryKey: asks,
    queryFn: ({ signal }) =>
      withTicket(asks, signal, (ticket) => api.post<Answered>(`/v1/insights/${encodeURIComponent(kind)}`, question, { signal, query: { lang, ticket } })),
    placeholderData: keepPreviousData,
    staleTime: MINUTES,
  });
  return { answered, asks };
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

/* What there is to choose from, in the words of the language on screen. */
export type Word = { value: string; label: string };
export type TraitOf = { name: string; family: "demographic" | "behavioural" | "analytic"; label: string; type: string; group: string; filled: number; values: Word[] };
export type EventOf = { event: string; label: string; count: number; properties: { name: string; types: string[] }[] };
export type FieldOf = { name: string; label: string; group: string; values?: Word[] };
export type SegmentOf = { segment: string; label: string; customers: number | null };
export type Catalogue = {
  traits: TraitOf[];
  events: EventOf[];
  fields: { events: FieldOf[]; items: FieldOf[]; around: FieldOf[] };
  segments: SegmentOf[];
  channels: { reachable: Word[]; consent: Word[] };
};

/** Everything a question can name; one request, kept for a while. */
export function useCatalogue() {
  const lang = useLang();
  const guest = useContext(Guest);
  return useQuery({
    queryKey: ["catalogue", lang],
    enabled: !guest,
    queryFn: ({ signal }) => api.get<Catalogue>("/v1/catalogue/fields", { lang }, signal),
    staleTime: 5 * MINUTES,
  });
}
