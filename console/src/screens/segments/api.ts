/** What the server knows of segments and rules. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { api } from "../../api";
import { useLang } from "../../ui";
import type { Body, Json } from "./tree";

export type Value = { value: string; label: string; customers?: number };
export type TraitField = {
  name: string;
  family: "demographic" | "behavioural" | "analytic";
  label: string;
  type: string;
  group: string;
  /** In words; empty where a number needs none. */
  unit: string;
  /** Between 0 and 1. */
  share: boolean;
  filled: number;
  values: Value[];
};
export type EventField = {
  event: string;
  label: string;
  count: number;
  customers: number;
  last_at: string | null;
  properties: { name: string; types: string[]; examples: string[] }[];
};
export type ColumnField = { name: string; label: string; group: string; values?: Value[] };
export type Fields = {
  traits: TraitField[];
  events: EventField[];
  fields: { events: ColumnField[]; items: ColumnField[]; around: ColumnField[] };
  segments: { segment: string; label: string; customers: number | null; folder: string; tags: string[] }[];
  channels: { reachable: Value[]; consent: Value[]; states: string[]; purposes: string[] };
  operators: Record<string, string[]>;
  phrases: string[];
};
export type Problem = { message: string; where: string; hint: string };
export type Checked = {
  sound: boolean;
  problems: Problem[];
  warnings: Problem[];
  where?: Json;
  document?: Json;
  says?: { ko: string; en: string };
  yaml?: string;
  sql?: string | null;
  query?: string;
  reads?: { traits: string[]; segments: string[]; events: string[] };
};
export type Counted = {
  customers: number;
  everyone: number;
  as_of: string | null;
  reach: { channel: string; allowed: number; address: number }[];
  seconds: number;
  query: string;
};
export type Document = { segment: string; says: { ko: string; en: string }; folder?: string; tags?: string[]; where: Json };
export type Opened = {
  segment: string;
  version: number;
  archived: boolean;
  document: Document | null;
  changed_at: string | null;
  changed_by: string | null;
  draft: { version: number; at: string; by: string; document: Document; base: number } | null;
  reads: { traits: string[]; segments: string[]; events: string[] };
  read_by: string[];
};
export type Shelved = {
  segment: string;
  says: string;
  folder: string;
  tags: string[];
  state: "published" | "draft" | "archived";
  version: number;
  changed_at: string;
  changed_by: string;
  rule: string;
  customers: number | null;
  as_of: string | null;
  draft: number | null;
};
export type Effect = {
  segments: { segment: string; status: string; enters: number; leaves: number; stays: number }[];
  enters: number[];
  leaves: number[];
  version: number;
};
export type Version = { version: number; at: string; by: string; note: string; removed: boolean; document?: Document; yaml?: string; rule?: string };

export const place = (name: string) => `/v1/definitions/segments/${encodeURIComponent(name)}`;

export const useFields = () => {
  const lang = useLang();
  return useQuery({ queryKey: ["fields", lang], queryFn: ({ signal }) => api.get<Fields>("/v1/catalogue/fields", {}, signal), staleTime: 120_000 });
};

export const useShelf = () => {
  const lang = useLang();
  return useQuery({ queryKey: ["shelf", lang], queryFn: ({ signal }) => api.get<Shelved[]>("/v1/definitions/segments", {}, signal) });
};

export const useOpened = (name: string) => {
  const lang = useLang();
  return useQuery({
    queryKey: ["segment", name, lang],
    queryFn: ({ signal }) => api.get<Opened>(place(name), {}, signal),
    enabled: name !== "",
    staleTime: Infinity, // what is being written must not change under the hands; conflicts are told when it is saved
  });
};

export const useVersions = (name: string, wanted: boolean) => {
  const lang = useLang();
  return useQuery({ queryKey: ["versions", name, lang], queryFn: ({ signal }) => api.get<Version[]>(`${place(name)}/versions`, {}, signal), enabled: wanted && name !== "" });
};

/** The value once it has rested for a moment. */
export function useRested<T>(value: T, ms = 200): T {
  const [rested, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

const TAB = Math.random().toString(36).slice(2);
let asked = 0;

export function useChecked(document: Body | null) {
  const lang = useLang();
  const rested = useRested(document ? JSON.stringify(document) : "");
  return useQuery({
    queryKey: ["check", rested, lang],
    queryFn: ({ signal }) => api.post<Checked>("/v1/rules/check", { where: JSON.parse(rested) as Json }, { signal }),
    enabled: rested !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Counted exactly, a moment after the last stroke (busy from the stroke on); the server drops what it was still counting for this tab. */
export function useCounted(where: Json | null) {
  const now = where === null ? "" : JSON.stringify(where);
  const rested = useRested(now);
  const counted = useQuery({
    queryKey: ["count", rested],
    queryFn: ({ signal }) => api.post<Counted>("/v1/rules/count", { where: JSON.parse(rested) as Json, tab: TAB, number: ++asked }, { signal }),
    enabled: rested !== "",
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 15_000,
  });
  return { ...counted, isFetching: counted.isFetching || rested !== now };
}

/** Values to choose from while somebody types. */
export function useValues(ask: { of: "traits" | "events" | "items"; field: string; event?: string | undefined; find: string }, wanted: boolean) {
  const lang = useLang();
  const find = useRested(ask.find, 150);
  return useQuery({
    queryKey: ["values", ask.of, ask.field, ask.event ?? "", find, lang],
    queryFn: ({ signal }) => api.get<Value[]>("/v1/catalogue/values", { of: ask.of, field: ask.field, event: ask.event, find }, signal),
    enabled: wanted && ask.field !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

/** The newest value inside a callback that was made earlier. */
export function useNewest<T>(value: T): { readonly current: T } {
  const held = useRef(value);
  held.current = value;
  return held;
}
