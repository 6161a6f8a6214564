/** Coming in: what the server offers, and what a one-time link is for. */
import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, type Me, useForget } from "../../api";
import { currentLang, setLang, useGo, useView } from "../../ui";

export type Access = { shop: string; lang: string | null; new: boolean; provider: string | null };
export type Link = { kind: "owner" | "invite" | "reset"; role: string; email: string; name: string; until: string };

export const useAccess = () => useQuery({ queryKey: ["access"], queryFn: () => api.get<Access>("/v1/access"), staleTime: 0 });

/** The word behind the #, taken out of the address at once: it must not stay in the browser's history. */
export function useToken(): string {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("link") ?? "");
  useEffect(() => {
    if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  }, []);
  return token;
}

export const useLink = (token: string) =>
  useQuery({
    queryKey: ["link", token],
    queryFn: () => api.post<Link>("/v1/links/look", { token }),
    enabled: token !== "",
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  });

/** On with what somebody wanted, in their language and colours. Never to another site. */
export function useEnter(): (me: Me) => void {
  const go = useGo();
  const [view] = useView();
  const forget = useForget();
  const { setColorScheme } = useMantineColorScheme();
  return (me) => {
    const { lang, person } = me as Me & { person: { theme?: string } };
    forget();
    if ((lang === "ko" || lang === "en") && lang !== currentLang()) setLang(lang);
    if (person.theme === "light" || person.theme === "dark" || person.theme === "auto") setColorScheme(person.theme);
    const next = view["next"] ?? "/";
    go(/^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : "/");
  };
}
