/** The whole view is in the URL: its parameters as plain text, and where to go. */
import { useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type View = Readonly<Record<string, string | undefined>>;
export type Patch = Record<string, string | number | null | undefined>;

export const readSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

export function writeSearch(view: Record<string, unknown>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    if (value !== undefined && value !== null && value !== "") said.set(name, String(value));
  }
  const text = said.toString();
  return text ? `?${text}` : "";
}

/** The URL's parameters and how to change some of them; `null` removes one. A step is a history entry unless `replace`. */
export function useView(): [View, (patch: Patch, how?: { replace?: boolean }) => void] {
  const view = useSearch({ strict: false }) as View;
  const navigate = useNavigate();
  const set = useCallback(
    (patch: Patch, how: { replace?: boolean } = {}) => {
      void navigate({
        to: ".",
        search: (before: Record<string, unknown>) => {
          const next: Record<string, unknown> = { ...before };
          for (const [name, value] of Object.entries(patch)) {
            if (value === null || value === undefined || value === "") delete next[name];
            else next[name] = String(value);
          }
          return next;
        },
        replace: how.replace ?? false,
        resetScroll: false,
      } as never);
    },
    [navigate],
  );
  return [view, set];
}

/** `go("/customers/C12", { tab: "identity" })`. */
export function useGo(): (to: string, view?: Patch, how?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (to, view = {}, how = {}) => {
      const search = readSearch(writeSearch(view));
      const [path = "/", asked = ""] = to.split("?");
      void navigate({ to: path, search: { ...readSearch(asked), ...search }, replace: how.replace ?? false } as never);
    },
    [navigate],
  );
}

export const usePath = (): string => useRouterState({ select: (state) => state.location.pathname });
