/** What the room of sources asks of the server. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { address, api, ApiError } from "../../api";
import { currentLang, sayError } from "../../ui";

export type Says = { en: string; ko: string };

export type Source = {
  source: string;
  ways: string[];
  keys: number;
  events: number;
  customers: number;
  first_at: string | null;
  last_at: string | null;
  received_at: string | null;
  today: number;
  days: number[];
  quarantined: number;
  violations: number;
  imports: number;
  health: "fine" | "quiet" | "silent" | "waiting" | "problems";
};

export type WriteKey = {
  key: number;
  source: string;
  side: "browser" | "server";
  ends_in: string;
  origins: string;
  ip: string;
  per_minute: number;
  per_day: number;
  today: number;
  made_at: string;
  revoked_at: string | null;
};
export type MadeKey = { number: number; key: string; side: string; source: string; tag: string; address: string };
export type Hook = { hook: string; source: string; scheme: string; secret: string; path: string; version: number };

export type Choice = { column: string; meaning: string; also: string[]; how: string; kind: string; examples: string[] };
export type PreviewRow = Record<string, string | null> & { problem?: never };
export type Looked = {
  upload: string;
  file: string;
  size: number;
  format: string;
  encoding: string;
  recognised: string;
  says: Says | null;
  known: { batch: number; at: string; file: string } | null;
  mapping: Record<string, unknown>;
  yaml: string;
  grain: string;
  columns: Choice[];
  meanings: string[];
  untaken: string[];
  problems: { message: string; where: string; hint: string }[];
  preview: {
    columns: string[];
    labels: Record<string, string>;
    rows: (Record<string, unknown> & { problem: { field: string; reason: string; says: string } | null })[];
  } | null;
};

export type Job<Result = unknown> = {
  id: number;
  kind: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled" | "interrupted";
  step: string;
  done: number;
  total: number | null;
  stops: boolean;
  made_at: string;
  started_at: string;
  ended_at: string;
  asked: { dry_run?: boolean; batch?: number; files?: { upload: string }[] };
  result: Result | null;
  error: { code: string; message: string; where?: string; hint?: string } | null;
};

export type FileReport = {
  file: string;
  status: "taken" | "known" | "ignored" | "needs_mapping" | "failed";
  preset: string;
  rows: number;
  taken: number;
  repeated: number;
  quarantined: Record<string, number>;
  skipped: Record<string, number>;
  blocked: number;
  batch: number;
  note: string;
  untaken: string[];
};
export type Report = {
  files: FileReport[];
  new_customers: number;
  known_customers: number;
  merges: number;
  conflicts: number;
  first_at: string | null;
  last_at: string | null;
  seconds: number;
  dry_run: boolean;
  segments: number | null;
  rows: number;
  taken: number;
  quarantined: Record<string, number>;
  reasons: Record<string, Says>;
  skips: Record<string, Says>;
  failed: boolean;
};

export type Import = { batch: number; file: string; source: string; preset: string; rows: number | null; taken: number | null; at: string; state: string };
export type Change = { name: string; what: string; rows: number };

const OPEN = ["waiting", "running"];
export const isOpen = (job: Job | undefined): boolean => !job || OPEN.includes(job.state);

/** A job, asked again until it has ended; then everything it may have changed is asked again, too. */
export function useJob<Result>(id: number | null) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => api.get<Job<Result>>(`/v1/jobs/${id}`, {}, signal),
    enabled: id !== null,
    refetchInterval: (q) => (isOpen(q.state.data) ? 500 : false),
  });
  const state = query.data?.state;
  const before = useRef(state);
  useEffect(() => {
    // one that has ended before it was first asked for has changed as much
    if (state && !OPEN.includes(state) && before.current !== state) {
      void client.invalidateQueries({ predicate: (q) => q.queryKey[0] !== "job" && q.queryKey[0] !== "look" });
    }
    before.current = state;
  }, [client, state]);
  return query;
}

export const useSources = () => useQuery({ queryKey: ["sources"], queryFn: ({ signal }) => api.get<Source[]>("/v1/sources", {}, signal), refetchInterval: 15_000 });
export const useKeysOfSources = (on: boolean) =>
  useQuery({ queryKey: ["sources", "keys"], queryFn: ({ signal }) => api.get<WriteKey[]>("/v1/sources/keys", {}, signal), enabled: on });
export const useHooks = (on: boolean) => useQuery({ queryKey: ["webhooks"], queryFn: ({ signal }) => api.get<Hook[]>("/v1/webhooks", {}, signal), enabled: on });
export const useImports = () => useQuery({ queryKey: ["imports"], queryFn: ({ signal }) => api.get<Import[]>("/v1/imports", {}, signal) });
export const useJobs = (kind: string) =>
  useQuery({ queryKey: ["jobs", kind], queryFn: ({ signal }) => api.get<Job[]>("/v1/jobs", { kind, limit: 20 }, signal), refetchInterval: 4_000 });

/** Something is changed on the server; `keys` are asked again afterwards, and what failed is said. */
export function useDo<In, Out>(what: (input: In) => Promise<Out>, keys: readonly string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: what,
    onSuccess: () => Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] }))),
    onError: sayError,
  });
}

/** Send a file piece by piece, telling how far it is. */
export function upload(file: File, told: (sent: number) => void, stop: AbortSignal): Promise<{ upload: string; file: string; size: number }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address("/v1/uploads"));
    request.setRequestHeader("x-dangol", "console");
    request.setRequestHeader("accept-language", currentLang());
    request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => told(event.loaded);
    request.onload = () =>
      request.status < 300 ? resolve(request.response) : reject(new ApiError(request.status, (request.response as Record<string, unknown>) ?? {}));
    request.onerror = () => reject(new ApiError(0, {}));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    stop.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
