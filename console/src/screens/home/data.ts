import { useQuery } from "@tanstack/react-query";

import { api } from "../../api";
import { useLang } from "../../ui";

export type Sums = { revenue: number; orders: number; buyers: number; repeat: number | null };
export type Stage = { stage: string; says: string; customers: number; value: number; again: number };
export type Move = { segment: string; says: string; entered: number; left: number; customers: number | null };
export type AdviceRow = { id: string; rule: unknown; customers: number; value: number };
export type HomeData = {
  as_of: string;
  days: number;
  since: string;
  compared_with: { since: string; until: string; days: number };
  events: number;
  customers: number;
  computed: boolean;
  sales: { now: Sums; before: Sums };
  sales_query: string;
  rows_read: number;
  series: { day: string; revenue: number; orders: number }[];
  stages: Stage[];
  stages_query: string;
  moves: Move[];
  intake: { last_at: string | null; last_day: number; refreshed_at: string | null; waiting: number; sources: number };
  imports: { done: number; failed: number; running: number; last: { file: string; at: string } | null };
  quarantine: { reason: string; rows: number; says: string }[];
  advice: AdviceRow[];
};
export type Flows = { since: string; until: string; flows: { from: string | null; to: string | null; customers: number }[]; stages: Record<string, string> };

export function useHome(days: number) {
  const lang = useLang();
  return useQuery({
    queryKey: ["home", days, lang],
    queryFn: ({ signal }) => api.get<HomeData>("/v1/home", { days, lang }, signal),
    refetchInterval: 60_000,
  });
}

export function useFlows() {
  const lang = useLang();
  return useQuery({
    queryKey: ["home", "flows", lang],
    queryFn: ({ signal }) => api.get<Flows>("/v1/home/flows", { days: 28, lang }, signal),
    staleTime: 300_000,
  });
}
