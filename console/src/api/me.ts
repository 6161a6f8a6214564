import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";

import { setShop } from "../ui/format";
import { ApiError, api } from "./client";

export type Right = "see" | "export" | "define" | "take" | "mend" | "reveal" | "administer";

/** Who is signed in, and in which shop. */
export type Me = {
  person: { id: number | string; email?: string; name?: string };
  role: string;
  rights: readonly Right[];
  lang: string | null;
  time_zone: string;
  currency: string;
  shop: string;
};

export const ME = ["me"] as const;

export async function readMe(): Promise<Me> {
  const me = await api.get<Me>("/v1/me");
  setShop({ timeZone: me.time_zone, currency: me.currency });
  return me;
}

/** Whether nobody is signed in and nobody has to be: under a link to a dashboard. What only people of the shop may ask is not asked. */
export const Guest = createContext(false);

/** Who is signed in; every screen within the shell may rely on it being there. */
export function useMe() {
  const guest = useContext(Guest);
  return useQuery({ queryKey: ME, queryFn: readMe, enabled: !guest, staleTime: 60_000, retry: (n, error) => n < 2 && !(error instanceof ApiError && error.status > 0) });
}

/** `const may = useMay(); may("define")`. The server decides in any case; this only spares people what it would refuse. */
export function useMay(): (right: Right) => boolean {
  const rights = useMe().data?.rights ?? [];
  return (right) => rights.includes(right);
}

/** After signing in or out: nothing of the other person stays. */
export function useForget(): () => void {
  const client = useQueryClient();
  return () => client.clear();
}
