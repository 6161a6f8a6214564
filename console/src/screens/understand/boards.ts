/** Dashboards as the server has them, and how the console changes them. Shared by the pin dialog and the room of dashboards. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api";
import { useLang } from "../../ui";
import type { Answered } from "./asking";
import type { Question } from "./question";

export type Tile = {
  id: string;
  question: Question;
  view: string;
  table: string;
  title: string;
  note: string;
  x: number;
  y: number;
  w: number;
  h: number;
};

export type Document = {
  dashboard: string;
  says: { ko?: string; en?: string };
  note: string;
  tiles: Tile[];
  period: string;
  compare: "" | "none" | "before" | "year";
  schedule?: Schedule | null;
};

export type Schedule = { every: "day" | "week" | "month"; weekday: number; day: number; hour: number; to: number[] };
export type Board = { dashboard: string; version: number; changed_at: string; changed_by: string; document: Document };
export type Listed = { dashboard: string; says: string; note: string; tiles: number; kinds: string[]; version: number; changed_at: string; changed_by: string; links: number };
export type Link = { id: number; least: number; until: string | null; ended_at: string | null; open: boolean; created_at?: string; opened?: number; opened_at?: string | null };
export type Version = { version: number; at: string; by: string; note: string; removed: boolean; document: Document };

const at = (name: string) => `/v1/dashboards/${encodeURIComponent(name)}`;

export function useBoards() {
  const lang = useLang();
  return useQuery({ queryKey: ["dashboards", lang], queryFn: ({ signal }) => api.get<Listed[]>("/v1/dashboards", { lang }, signal) });
}

export const useBoard = (name: string) =>
  useQuery({ queryKey: ["dashboard", name], queryFn: ({ signal }) => api.get<Board>(at(name), {}, signal) });

export const useVersions = (name: string, enabled: boolean) =>
  useQuery({ queryKey: ["dashboard", name, "versions"], queryFn: ({ signal }) => api.get<Version[]>(`${at(name)}/versions`, {}, signal), enabled });

export const useLinks = (name: string, enabled: boolean) =>
  useQuery({ queryKey: ["dashboard", name, "links"], queryFn: ({ signal }) => api.get<Link[]>(`${at(name)}/links`, {}, signal), enabled });

/** What a document becomes, from what it is when its turn comes. */
export type Change = (now: Document) => Document;
type Saving = { name: string; change: Change; version: number; note?: string };

/** What became of a version by one's own saving: whoever saves twice in a row, or undoes, is nobody else. */
const own = new Map<string, number>();

function latest(name: string, version: number): number {
  const next = own.get(`${name} ${version}`);
  return next === undefined ? version : latest(name, next);
}

/** Everything that changes a dashboard; what is known of it is asked anew. Savings wait for each other. */
export function useBoardChange() {
  const client = useQueryClient();
  const settled = () => Promise.all([client.invalidateQueries({ queryKey: ["dashboards"] }), client.invalidateQueries({ queryKey: ["dashboard"] })]);
  return {
    make: useMutation({ mutationFn: (document: Partial<Document>) => api.post<Board>("/v1/dashboards", { document }), onSuccess: settled }),
    save: useMutation({
      scope: { id: "dashboard" },
      mutationFn: async ({ name, change, version, note = "" }: Saving) => {
        const now = client.getQueryData<Board>(["dashboard", name]);
        if (!now) throw new Error(name);
        const base = latest(name, version);
        const board = await api.put<Board>(at(name), { document: change(now.document), version: base, note });
        if (board.version !== base) own.set(`${name} ${base}`, board.version);
        return board;
      },
      onSuccess: (board) => {
        client.setQueryData(["dashboard", board.dashboard], board);
        void client.invalidateQueries({ queryKey: ["dashboards"] });
      },
    }),
    remove: useMutation({ mutationFn: ({ name, version }: { name: string; version: number }) => api.del(at(name), undefined, { query: { version } }), onSuccess: settled }),
    pin: useMutation({
      mutationFn: ({ name, question, title }: { name: string; question: Question; title: string }) => api.post<Board>(`${at(name)}/tiles`, { question, title }),
      onSuccess: settled,
    }),
    share: useMutation({
      mutationFn: ({ name, days, least }: { name: string; days: number | null; least: number }) => api.post<{ token: string; path: string; id: number; until: string | null }>(`${at(name)}/links`, { days, least }),
      onSuccess: settled,
    }),
    end: useMutation({ mutationFn: ({ name, id }: { name: string; id: number }) => api.del(`${at(name)}/links/${id}`), onSuccess: settled }),
  };
}

/** A tile's answer, asked again when what it asks changes, and not when it is moved. */
export function useTile(name: string, tile: Tile, period: string, own: Pick<Document, "period" | "compare">) {
  const lang = useLang();
  return useQuery({
    queryKey: ["tile", name, tile.id, tile.question, period || own.period, own.compare, lang],
    queryFn: ({ signal }) => api.get<Answered>(`${at(name)}/tiles/${encodeURIComponent(tile.id)}`, { period, lang }, signal),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}
