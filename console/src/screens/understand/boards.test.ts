/** Saving a dashboard several times in a row: one's own savings are no conflict, another person's is one. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { expect, it, vi } from "vitest";

import { api } from "../../api";
import { type Board, type Change, useBoardChange } from "./boards";

it("two savings and an undo from one version are one person's; whoever came between is told", async () => {
  const document = { dashboard: "d", says: { en: "D" }, note: "", tiles: [], period: "", compare: "" } as const;
  let kept: Board = { dashboard: "d", version: 5, changed_at: "", changed_by: "", document: { ...document, tiles: [] } };
  vi.spyOn(api, "put").mockImplementation(async (_path: string, body?: unknown) => {
    const said = body as Pick<Board, "document" | "version">;
    await new Promise((done) => setTimeout(done, 5));
    if (said.version !== kept.version) throw new Error("409");
    kept = { ...kept, version: kept.version + 1, document: said.document };
    return kept as never;
  });
  const client = new QueryClient();
  client.setQueryData(["dashboard", "d"], kept);
  const wrapper = ({ children }: { children: ReactNode }) => createElement(QueryClientProvider, { client }, children);
  const { result } = renderHook(() => useBoardChange(), { wrapper });
  const save = (change: Change) => result.current.save.mutateAsync({ name: "d", change, version: 5 });
  await Promise.all([save((now) => ({ ...now, note: "first" })), save((now) => ({ ...now, period: "7 days" }))]);
  await save((now) => ({ ...now, compare: "year" }));
  expect([kept.version, kept.document.note, kept.document.period, kept.document.compare]).toEqual([8, "first", "7 days", "year"]);
  kept = { ...kept, version: 9 }; // somebody else
  await expect(save((now) => ({ ...now, note: "mine" }))).rejects.toThrow("409");
});
