/** What a draft would change: counts, the biggest changes, and a sample to judge by hand. */
import { Badge, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api";
import { type Column, DataTable, Empty, Go, sayError, useFormat, useKeys, useWords } from "../../ui";
import css from "../sources/sources.module.css";
import { type Changed, type Pair, type Score, type Side, type Trial, useVerdicts, type Verdict } from "./api";
import { useNames } from "./kinds";
import { words } from "./rules.words";

export function Tried({ trial, job }: { trial: Trial; job: number }) {
  const t = useWords(words);
  const format = useFormat();
  if (trial.moved === 0 && trial.blocked === 0 && trial.freed === 0) return <Empty why={t("nothing")} hint={t("nothingSays")} height={80} />;
  const facts: [string, number][] = [
    [t("customersNow"), trial.before],
    [t("customersThen"), trial.after],
    [t("joins"), trial.joins],
    [t("separations"), trial.separations],
    [t("moved"), trial.moved],
    [t("conflictsNow"), trial.conflicts_before],
    [t("conflictsThen"), trial.conflicts_after],
    [t("blockedThen"), trial.blocked],
    [t("freedThen"), trial.freed],
  ];
  return (
    <Stack gap={16}>
      <dl className={css.facts} style={{ margin: 0 }}>
        {facts.map(([says, n]) => (
          <div key={says}>
            <dt>{says}</dt>
            <dd>{format.whole(n)}</dd>
          </div>
        ))}
      </dl>
      <Judging pairs={trial.pairs} job={job} />
      <Changes rows={trial.changes} />
    </Stack>
  );
}

function Changes({ rows }: { rows: readonly Changed[] }) {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  const ids = (some: readonly (string | null)[], of: number) => (
    <>
      {some.slice(0, 5).map((id, i) => (
        <span key={id ?? `new${i}`}>
          {i ? ", " : ""}
          {id ? <Go to={`/customers/${id}`}>{id}</Go> : <em>{t("fresh")}</em>}
        </span>
      ))}
      {of > 5 ? ` ${t("more", { n: of - 5 })}` : ""}
    </>
  );
  const columns: Column<Changed>[] = [
    { key: "before", title: t("before"), wrap: true, cell: (c) => ids(c.before, c.customers_before), value: (c) => c.before.join(" ") },
    { key: "after", title: t("after"), wrap: true, cell: (c) => ids(c.after, c.customers_after), value: (c) => c.after.join(" ") },
    { key: "identifiers", title: t("identifiers"), align: "right", cell: (c) => format.whole(c.identifiers) },
    { key: "kinds", title: t("kinds"), wrap: true, cell: (c) => Object.entries(c.kinds).map(([k, n]) => `${name(k)} ${format.whole(n)}`).join(", "), value: (c) => JSON.stringify(c.kinds) },
  ];
  return (
    <div>
      <Text size="sm" fw={600}>
        {t("changes")}
      </Text>
      <div style={{ maxHeight: 420, overflow: "auto" }}>
        <DataTable columns={columns} rows={rows} rowKey={(c) => c.change} label={t("changes")} csvName="identity-changes" />
      </div>
    </div>
  );
}

function Judging({ pairs, job }: { pairs: readonly Pair[]; job: number }) {
  const t = useWords(words);
  const client = useQueryClient();
  const verdicts = useVerdicts();
  const score = useQuery({
    queryKey: ["identity", "score", job],
    queryFn: ({ signal }) => api.get<{ joins: Score; separations: Score }>(`/v1/identity/rules/try/${job}/score`, {}, signal),
  });
  const [skipped, setSkipped] = useState<readonly string[]>([]);
  const said = verdicts.data ?? {};
  const open = pairs.filter((p) => !(p.key in said) && !skipped.includes(p.key));
  const pair = open[0];
  const judge = async (verdict: Verdict) => {
    if (!pair) return;
    setSkipped((before) => [...before, pair.key]);
    try {
      await api.post("/v1/identity/rules/judge", { key: pair.key, verdict, joins: pair.joins });
      await client.invalidateQueries({ queryKey: ["identity", "judged"] });
      await client.invalidateQueries({ queryKey: ["identity", "score"] });
    } catch (error) {
      setSkipped((before) => before.filter((key) => key !== pair.key));
      sayError(error);
    }
  };
  useKeys(
    pair
      ? [
          { key: "1", says: t("isSame"), run: () => void judge("same") },
          { key: "2", says: t("isDifferent"), run: () => void judge("different") },
          { key: "3", says: t("isUnsure"), run: () => void judge("unsure") },
        ]
      : [],
  );
  if (!pairs.length) return null;
  const done = pairs.length - open.length;
  return (
    <Stack gap={8}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {t("judge")}
        </Text>
        <Text size="xs" c="dimmed" role="status">
          {t("progress", { done, of: pairs.length })}
        </Text>
      </Group>
      <Text size="xs" c="dimmed">
        {t("judgeSays")}
      </Text>
      {score.data && (
        <Group gap={24}>
          {score.data.joins.right + score.data.joins.wrong + score.data.joins.unsure > 0 && <Right says={t("scoreJoins")} score={score.data.joins} />}
          {score.data.separations.right + score.data.separations.wrong + score.data.separations.unsure > 0 && <Right says={t("scoreSeparations")} score={score.data.separations} />}
        </Group>
      )}
      <Progress value={(100 * done) / pairs.length} size="xs" aria-label={t("judge")} />
      {pair ? (
        <Stack gap={8}>
          <Badge color={pair.joins ? "blue" : "orange"}>{pair.joins ? t("wouldJoin") : t("wouldSplit")}</Badge>
          <div className={css.two}>
            {pair.sides.map((side, i) => (
              <SideCard key={i} side={side} />
            ))}
          </div>
          <Ties pair={pair} />
          <Group gap={8}>
            <Button onClick={() => void judge("same")}>{t("isSame")}</Button>
            <Button variant="default" onClick={() => void judge("different")}>
              {t("isDifferent")}
            </Button>
            <Button variant="subtle" color="gray" onClick={() => void judge("unsure")}>
              {t("isUnsure")}
            </Button>
            <Text size="xs" c="dimmed">
              {t("keysHint")}
            </Text>
          </Group>
        </Stack>
      ) : (
        <Text size="sm">{t("allJudged")}</Text>
      )}
    </Stack>
  );
}

function Right({ says, score }: { says: string; score: Score }) {
  const t = useWords(words);
  const format = useFormat();
  const n = score.right + score.wrong;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {says}
      </Text>
      <Text fw={600}>{n ? format.percent(score.estimate) : t("notYet")}</Text>
      <Text size="xs" c="dimmed">
        {n > 0 && t("interval", { low: format.percent(score.low), high: format.percent(score.high), n })}
        {score.unsure > 0 && ` · ${t("unsureN", { n: score.unsure })}`}
      </Text>
    </div>
  );
}

function SideCard({ side }: { side: Side }) {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  return (
    <section className="panel">
      <header>
        <h3>{side.customer ? t("side", { customer: side.customer }) : t("sideNone")}</h3>
        <Text size="xs" c="dimmed">
          {t("orders", { n: side.orders })} · {t("events", { n: side.events })}
        </Text>
      </header>
      <div className="body">
        <dl className={css.cells}>
          {[...side.person, ...side.identifiers].map((one, i) => (
            <SideLine key={i} says={name(one.kind)} value={one.value ?? "***"} />
          ))}
        </dl>
        <Text size="xs" c="dimmed" mt={6}>
          {[
            side.more > 0 && t("andMore", { n: side.more }),
            side.amount ? format.money(side.amount) : "",
            side.first_at && side.last_at && t("span", { from: format.date(side.first_at), to: format.date(side.last_at) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </div>
    </section>
  );
}

function SideLine({ says, value }: { says: string; value: string }) {
  return (
    <>
      <dt>{says}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Ties({ pair }: { pair: Pair }) {
  const t = useWords(words);
  const format = useFormat();
  return (
    <Text size="xs" c="dimmed">
      {t("ties")}:{" "}
      {pair.ties.length === 0
        ? t("noTies")
        : pair.ties
            .map((tie) => {
              const what = [tie.source, tie.fact, format.date(tie.at)].filter(Boolean).join(", ");
              return tie.rule === "by_hand" ? t("tieHand") : t(tie.shared ? "tieShared" : "tie", { what });
            })
            .join("; ")}
    </Text>
  );
}
