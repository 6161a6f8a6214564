import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api } from "../../api";
import { useLang } from "../../ui";

export type Sized = { segment: string; says: string; folder: string; tags: string[]; customers: number; value: number };
export type Intersection = { segments: string[]; customers: number; value: number };
export type Picture = {
  everyone: number;
  value: number;
  currency: string;
  as_of: string | null;
  segments: Sized[];
  chosen: string[];
  intersections: Intersection[];
  pairs: { a: string; b: string; shared: number }[];
  tree: { segment: string; parent: string | null; share: number | null }[];
};
export type Flows = { since: string; until: string; as_of: string; segments: Record<string, string>; computed: string[]; flows: { from: string; to: string; customers: number }[] };
export type Rfm = {
  cells: { recency: number; frequency: number; customers: number; value: number }[];
  everyone: number;
  rated: number;
  as_of: string | null;
  currency: string;
  query: string;
};

export const usePicture = (chosen: string) => {
  const lang = useLang();
  return useQuery({
    queryKey: ["map", chosen, lang],
    queryFn: ({ signal }) => api.get<Picture>("/v1/segments/map", { chosen }, signal),
    placeholderData: keepPreviousData,
  });
};

export const useFlows = (ask: { chosen: string; since: string; until: string }) => {
  const lang = useLang();
  return useQuery({
    queryKey: ["flows", ask.chosen, ask.since, ask.until, lang],
    queryFn: ({ signal }) => api.get<Flows>("/v1/segments/flows", ask, signal),
    enabled: ask.chosen !== "" && ask.since !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
};

export const useRfm = () => useQuery({ queryKey: ["rfm"], queryFn: ({ signal }) => api.get<Rfm>("/v1/rfm", {}, signal) });
