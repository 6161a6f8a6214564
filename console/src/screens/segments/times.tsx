/** A segment over time: its size, and its versions. */
import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { api } from "../../api";
import { Answer, Chart, Empty, Panel, useFormat, useWords } from "../../ui";
import { type Document, useVersions, type Version } from "./api";
import { DiffView } from "./conflict";
import { words } from "./words";

type Point = { day: string; customers: number; entered?: number; left?: number; as_of?: string };

export function Trend({ name }: { name: string }) {
  const t = useWords(words);
  const [past, wantPast] = useState(false);
  const log = useQuery({
    queryKey: ["trend", name],
    queryFn: ({ signal }) => api.get<{ began: string | null; days: Point[] }>(`/v1/segments/${encodeURIComponent(name)}/trend`, { days: 365 }, signal),
    enabled: name !== "",
  });
  const computed = useQuery({
    queryKey: ["past", name],
    queryFn: ({ signal }) => api.get<Point[]>(`/v1/segments/${encodeURIComponent(name)}/past`, { months: 12 }, signal),
    enabled: past && name !== "",
    staleTime: Infinity,
  });
  if (name === "") return <Panel title={t("trendLabel")}><Empty why={t("trendDraft")} /></Panel>;
  const button = !past && (
    <Button size="compact-xs" variant="default" title={t("trendPastSays")} onClick={() => wantPast(true)}>
      {t("trendPast")}
    </Button>
  );
  return (
    <Stack gap={12}>
      <Panel title={t("trendLabel")} right={button}>
        <Answer query={log} height={280} empty={(found) => found.days.length < 2 && <Empty height={120} why={t("trendNone")} hint={past ? undefined : t("trendPastSays")} action={button} />}>
          {(found) => <Line points={found.days} />}
        </Answer>
      </Panel>
      {past && (
        <Panel title={t("trendComputed")}>
          <Answer query={computed} height={280} asOf={(points) => points[0]?.as_of ?? null}>
            {(points) => <Line points={points} />}
          </Answer>
        </Panel>
      )}
    </Stack>
  );
}

function Line({ points }: { points: readonly Point[] }) {
  const t = useWords(words);
  const format = useFormat();
  const option = useMemo(
    () => ({
      tooltip: { trigger: "axis" as const },
      xAxis: { type: "category" as const, data: points.map((p) => format.day(p.day)) },
      yAxis: { type: "value" as const },
      series: [{ type: "line" as const, name: t("customers"), data: points.map((p) => p.customers), showSymbol: points.length < 40, areaStyle: { opacity: 0.1 } }],
    }),
    [points, t, format],
  );
  const detailed = points.some((p) => p.entered !== undefined);
  const columns = [
    { key: "day", title: t("day") },
    { key: "customers", title: t("customers"), align: "right" as const },
    ...(detailed ? [{ key: "entered", title: t("entered"), align: "right" as const }, { key: "left", title: t("left"), align: "right" as const }] : []),
  ];
  return <Chart option={option} label={t("trendLabel")} table={{ columns, rows: points.map((p) => ({ ...p })) }} name="trend" />;
}

export function History({ name, readOnly, revert }: { name: string; readOnly: boolean; revert: (document: Document) => void }) {
  const t = useWords(words);
  const versions = useVersions(name, true);
  if (name === "") return <Panel title={t("tabHistory")}><Empty why={t("historyNone")} /></Panel>;
  return (
    <Answer query={versions} height={200} empty={(rows) => rows.length === 0 && <Empty why={t("historyNone")} />}>
      {(rows) => (
        <Stack gap={12}>
          {rows.map((version, i) => (
            <One key={version.version} version={version} before={rows.slice(i + 1).find((v) => !v.removed)} newest={i === 0} readOnly={readOnly} revert={revert} />
          ))}
        </Stack>
      )}
    </Answer>
  );
}

type OneProps = { version: Version; before: Version | undefined; newest: boolean; readOnly: boolean; revert: (document: Document) => void };

function One({ version, before, newest, readOnly, revert }: OneProps) {
  const t = useWords(words);
  const format = useFormat();
  const { document } = version;
  const title = (
    <Group gap={8}>
      {t("version", { n: version.version })}
      {newest && !version.removed && <Badge>{t("current")}</Badge>}
      {version.removed && <Badge color="gray">{t("removedVersion")}</Badge>}
    </Group>
  );
  const right = (
    <Group gap={8}>
      <Text size="xs" c="dimmed">
        {format.moment(version.at)} · {t("by", { by: version.by })}
      </Text>
      {!newest && !readOnly && document && (
        <Button size="compact-xs" variant="default" onClick={() => revert(document)}>
          {t("revert")}
        </Button>
      )}
    </Group>
  );
  return (
    <Panel title={title} right={right}>
      {version.note && <Text size="sm">{version.note}</Text>}
      {version.rule && (
        <Text size="sm" c="dimmed" mb={6}>
          {version.rule}
        </Text>
      )}
      {!version.removed && <DiffView before={before?.yaml ?? ""} after={version.yaml ?? ""} label={t("changes")} />}
    </Panel>
  );
}
