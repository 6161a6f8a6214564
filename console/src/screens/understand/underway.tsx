/** A question that takes longer than a moment: what is being done, how far it is, and a way to stop it. */
import { Button, Group, Progress, Text } from "@mantine/core";
import { hashKey, type QueryKey, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";

import { api } from "../../api";
import { Empty, useFormat, useWords } from "../../ui";
import styles from "./understand.module.css";
import { words } from "./words";

const SECOND = 1000;
/** Until then an answer is on its way like any other. */
const LATE = SECOND;

/** What the server says of a question with a ticket. */
type Look = { state: "none" | "waiting" | "running"; seconds: number; usual: number | null };

const tickets = new Map<string, string>();

const drawn = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Ask with a ticket: nobody waiting for the answer any more (another question, another screen, the button), the server stops.
 *
 * @param key the query's, by which the screen finds the ticket again.
 */
export async function withTicket<T>(key: QueryKey, signal: AbortSignal, ask: (ticket: string) => Promise<T>): Promise<T> {
  const [name, ticket] = [hashKey(key), drawn()];
  const stop = () => void api.del(`/v1/insights/underway/${ticket}`).catch(() => undefined);
  tickets.set(name, ticket);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await ask(ticket);
  } finally {
    signal.removeEventListener("abort", stop);
    if (tickets.get(name) === ticket) tickets.delete(name);
  }
}

type UnderwayProps<T> = { asks: QueryKey; query: UseQueryResult<T>; height: number; children: ReactNode };

/** Around an answer: says so while it takes long, and what to do once it was stopped. */
export function Underway<T>({ asks, query, height, children }: UnderwayProps<T>) {
  const t = useWords(words);
  const client = useQueryClient();
  const { fetchStatus, isPending, isPlaceholderData, refetch } = query;
  const stopped = fetchStatus === "idle" && (isPending || isPlaceholderData);
  const again = <Button onClick={() => void refetch()}>{t("askAgain")}</Button>;
  return (
    <div className={styles["underway"]}>
      {fetchStatus === "fetching" && <Long key={hashKey(asks)} name={hashKey(asks)} stop={() => void client.cancelQueries({ queryKey: asks, exact: true })} />}
      {stopped ? <Empty height={height} why={t("stopped")} hint={t("stoppedHint")} action={again} /> : children}
    </div>
  );
}

function Long({ name, stop }: { name: string; stop: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE);
    return () => clearTimeout(timer);
  }, []);
  const look = useQuery({
    queryKey: ["underway", name],
    queryFn: ({ signal }) => api.get<Look>(`/v1/insights/underway/${tickets.get(name) ?? ""}`, {}, signal),
    enabled: late && tickets.has(name),
    placeholderData: undefined,
    refetchInterval: SECOND,
    gcTime: 0,
    retry: false,
  });
  if (!late) return null;
  const { state = "none", seconds = 0, usual = null } = look.data ?? {};
  const share = state === "running" && usual ? Math.min(97, (100 * seconds) / usual) : null;
  return (
    <div className={styles["long"]}>
      <Group justify="space-between" wrap="nowrap" gap="md">
        <div>
          <Text size="sm" fw={600} role="status">
            {t(state === "waiting" ? "awaiting" : "computing")}
          </Text>
          <Text size="xs" c="dimmed">
            {state === "none" ? "" : t("forSeconds", { n: format.number(Math.round(seconds)) })}
            {usual && usual >= 1 ? ` · ${t("lastTime", { n: format.number(Math.round(usual)) })}` : ""}
          </Text>
        </div>
        <Button variant="default" size="compact-sm" onClick={stop}>
          {t("stop")}
        </Button>
      </Group>
      <Progress mt={8} size="sm" value={share ?? 100} animated={share === null} aria-label={t("computing")} />
    </div>
  );
}
