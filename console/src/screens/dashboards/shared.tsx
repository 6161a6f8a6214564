/** A dashboard under a link: read only, without the shell, for whoever has the token (which stays behind # and in bodies). */
import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, Guest } from "../../api";
import { setShop } from "../../ui/format";
import { Answer, Empty, useFormat, useLang, useWords } from "../../ui";
import type { Answered } from "../understand/asking";
import type { Tile as TileOf } from "../understand/boards";
import styles from "./dashboards.module.css";
import { inOrder } from "./layout";
import { Tile } from "./tile";
import { words } from "./words";

type SharedTile = Omit<TileOf, "question"> & { kind: string };
type Shared = { says: string; note: string; until: string | null; least: number; tiles: SharedTile[] };

function useToken(): string {
  const [token, setToken] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    const changed = () => setToken(window.location.hash.slice(1));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return token;
}

export default function SharedScreen() {
  const t = useWords(words);
  const format = useFormat();
  const lang = useLang();
  const token = useToken();
  const query = useQuery({
    queryKey: ["shared", token, lang],
    queryFn: ({ signal }) => api.post<Shared>("/v1/shared", { token }, { signal, query: { lang } }),
    enabled: token !== "",
    retry: false,
  });
  const title = query.data?.says ?? t("board");
  useEffect(() => {
    document.title = `${title} · dangol`;
  }, [title]);
  return (
    <main className={styles["shared"]}>
      <Title order={1} mb="md">
        {title}
      </Title>
      {query.data?.note && <Text size="sm">{query.data.note}</Text>}
      {token === "" ? (
        <Empty height={320} why={t("sharedOver")} hint={t("sharedOverHint")} />
      ) : (
        <Answer query={query} height={320} empty={(data) => (data.tiles.length === 0 ? <Empty height={320} why={t("noTiles")} /> : null)}>
          {(data) => (
            <>
              <div className={styles["grid"]}>
                <Guest.Provider value>
                  {inOrder(data.tiles.map((tile) => ({ ...tile, question: {} }))).map((tile) => (
                    <SharedOne key={tile.id} tile={tile} token={token} />
                  ))}
                </Guest.Provider>
              </div>
              {data.until && (
                <Text size="xs" c="dimmed" mt={12}>
                  {t("sharedUntil", { at: format.moment(data.until) })}
                </Text>
              )}
            </>
          )}
        </Answer>
      )}
    </main>
  );
}

function SharedOne({ tile, token }: { tile: TileOf; token: string }) {
  const lang = useLang();
  const query = useQuery({
    queryKey: ["shared", token, tile.id, lang],
    queryFn: ({ signal }) => api.post<Answered & { hidden: number }>(`/v1/shared/${encodeURIComponent(tile.id)}`, { token }, { signal, query: { lang } }),
    staleTime: 300_000,
  });
  const { currency, time_zone: timeZone } = query.data?.facts ?? {};
  useEffect(() => {
    // nobody is signed in here: the answers themselves say whose clock and money they are in
    if (typeof currency === "string" && typeof timeZone === "string") setShop({ currency, timeZone });
  }, [currency, timeZone]);
  return <Tile tile={tile} query={query} />;
}
