/** One recorded visit: the player, its pages, and the moments that went wrong. */
import { Badge, Progress, Text } from "@mantine/core";
import { useCallback, useState } from "react";

import { Answer, Empty, Go, Page, Panel, useFormat, usePlace, useWords } from "../../../ui";
import { type Opened, useReplay } from "./loading";
import { Player } from "./player";
import styles from "./replays.module.css";
import { busy, clock, type Leaf, lengthOf } from "./timeline";
import { words } from "./words";

export default function Replay() {
  const t = useWords(words);
  const format = useFormat();
  const { session = "" } = usePlace();
  const [share, setShare] = useState(0);
  const query = useReplay(session, setShare);
  const opened = query.data?.opened;
  return (
    <Page
      title={t("one")}
      says={opened ? `${format.moment(opened.started_at)} · ${opened.source}` : undefined}
      crumbs={[
        { says: t("understand"), to: "/understand" },
        { says: t("title"), to: "/understand/replays" },
      ]}
    >
      {query.isPending && share > 0 && <Progress value={share * 100} aria-label={t("loading")} mb={10} />}
      <Answer query={query} height={480} empty={(data) => (data.all.length === 0 ? <Empty height={480} why={t("unplayable")} hint={t("unplayableHint")} /> : null)}>
        {(data) => <Shown opened={data.opened} all={data.all} />}
      </Answer>
    </Page>
  );
}

function Shown({ opened, all }: { opened: Opened; all: readonly Leaf[] }) {
  const t = useWords(words);
  const format = useFormat();
  const [at, setAt] = useState(0);
  const [jump, setJump] = useState<{ to: number; n: number }>({ to: 0, n: 0 });
  const seek = (to: number) => setJump((before) => ({ to, n: before.n + 1 }));
  const move = useCallback((next: number) => setAt(next), []);
  const marks = opened.marks
    .map((mark) => ({ ...mark, on: placeOf(all, Date.parse(mark.at)) }))
    .filter((mark) => mark.on !== null);
  return (
    <div className={styles["two"]}>
      <div>
        <Player all={all} jump={jump} onMove={move} />
        <Text size="xs" c="dimmed" mt={8}>
          {t("keys")} {t("pictures")}
        </Text>
      </div>
      <div>
        <Panel title={t("visit")} flush>
          <ol className={styles["pages"]}>
            {all.map((leaf, n) => (
              <li key={n}>
                <button type="button" aria-current={at >= leaf.start && at < leaf.start + leaf.length} onClick={() => seek(leaf.start)}>
                  <time>{clock(leaf.start)}</time>
                  <span>{leaf.page}</span>
                </button>
              </li>
            ))}
          </ol>
        </Panel>
        <Panel title={t("moments")} flush>
          {marks.length === 0 ? (
            <Empty why={t("noMoments")} height={60} />
          ) : (
            <ol className={styles["pages"]}>
              {marks.map((mark, n) => (
                <li key={n}>
                  <button type="button" onClick={() => seek(Math.max(0, (mark.on ?? 0) - 2_000))}>
                    <time>{clock(mark.on ?? 0)}</time>
                    <span>{mark.name}</span>
                    {mark.friction && <Badge color="red">{t(mark.friction)}</Badge>}
                  </button>
                </li>
              ))}
            </ol>
          )}
        </Panel>
        <Text size="sm">{t("whole", { n: clock(lengthOf(all)), busy: clock(busy(all)) })}</Text>
        {opened.missing > 0 && (
          <Text size="sm" c="var(--note)">
            {t("missing")}: {format.whole(opened.missing)}. {t("missingHint")}
          </Text>
        )}
        {opened.customer_id && <Go to={`/customers/C${opened.customer_id}`}>{`${t("openCustomer")} C${opened.customer_id}`}</Go>}
      </div>
    </div>
  );
}

/** Where a moment lies on the visit's own clock: pauses between pages take no time there. */
export function placeOf(all: readonly Leaf[], moment: number): number | null {
  if (!Number.isFinite(moment)) return null;
  const inside = all.find((leaf) => moment >= leaf.begins - 2_000 && moment <= leaf.ends + 2_000);
  return inside ? inside.start + Math.min(inside.length, Math.max(0, moment - inside.begins)) : null;
}
