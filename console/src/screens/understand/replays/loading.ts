/** Finding recordings, and fetching one part by part. */
import { useQuery } from "@tanstack/react-query";

import { api } from "../../../api";
import { isFields, type Question, read } from "../question";
import { type Leaf, leaves, type Recorded, type RecordedPage } from "./timeline";

export const FRICTIONS = ["rage", "dead", "error", "abandoned"] as const;
export type Friction = (typeof FRICTIONS)[number];

export type Found = {
  session: string;
  customer_id: number | null;
  source: string;
  started_at: string;
  seconds: number;
  pages: number;
  missing: number;
  bytes: number;
} & Record<Friction, number>;

export type Search = { replays: Found[]; found: number; looked: number; cut: boolean; behind?: number; behind_looked?: number };
export type Behind = { question: Question; cell: Question };

/** The number whose customers are wanted, as an address has it: `{kind, question, cell}`. */
export function behindOf(text: string | undefined): Behind | null {
  if (!text) return null;
  const { kind, question, cell } = read(text);
  if (typeof kind !== "string" || !isFields(cell)) return null;
  return { question: { ...(isFields(question) ? question : {}), kind }, cell };
}

export const isFriction = (text: string): text is Friction => (FRICTIONS as readonly string[]).includes(text);

export function useReplays(asked: { friction: Friction[]; seconds: number; behind: Behind | null; customers: number[] | null; offset: number; limit: number }) {
  return useQuery({
    queryKey: ["replays", asked],
    queryFn: ({ signal }) => api.post<Search>("/v1/replays/search", asked, { signal }),
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
}

export type Opened = Omit<Found, Friction> & {
  parts: { recording: string; part: number; page: number; first_at: string; last_at: string; events: number; bytes: number }[];
  marks: { at: string; name: string; friction: Friction | null }[];
};

type Part = { page: unknown; events: Recorded[] };

/** What a part calls its page: an address, or an object that has one. */
function pageText(page: unknown): string {
  if (typeof page === "string") return page;
  if (page && typeof page === "object") {
    const { path, url, title } = page as Record<string, unknown>;
    for (const said of [path, url, title]) if (typeof said === "string" && said) return said;
  }
  return "/";
}

/** A recording with everything the player needs; parts come a few at a time. */
export function useReplay(session: string, tell: (share: number) => void) {
  return useQuery({
    queryKey: ["replay", session],
    queryFn: async ({ signal }): Promise<{ opened: Opened; all: Leaf[] }> => {
      const opened = await api.get<Opened>(`/v1/replays/${encodeURIComponent(session)}`, {}, signal);
      const pages = new Map<string, RecordedPage>();
      let done = 0;
      for (const { recording, part } of opened.parts) {
        const said = await api.get<Part>(`/v1/replays/${encodeURIComponent(session)}/${recording}/${part}`, {}, signal);
        const page = pages.get(recording) ?? { page: pageText(said.page), events: [] };
        page.events.push(...said.events);
        pages.set(recording, page);
        tell(++done / opened.parts.length);
      }
      return { opened, all: leaves([...pages.values()]) };
    },
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
}
