/** Sizes and exact intersections: a column an intersection, a row a segment, a dot where the two meet. */
import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useMemo } from "react";

import { Chart, DataTable, Empty, Panel, useFormat, useGo, useWords } from "../../ui";
import type { Intersection, Picture, Sized } from "./api";
import { intersectionRule } from "./make";
import { useInk, useNarrow } from "./flows";
import css from "./map.module.css";
import { words } from "./words";

const COLUMNS = 24;

export function Upset({ found }: { found: Picture }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const says = useMemo(() => new Map(found.segments.map((s) => [s.segment, s])), [found]);
  const columns = found.intersections.slice(0, COLUMNS);
  const most = Math.max(1, ...columns.map((c) => c.customers));
  const label = (c: Intersection) => c.segments.map((name) => says.get(name)?.says ?? name).join(" ∩ ");
  const make = (c: Intersection) => {
    const outside = found.chosen.filter((name) => !c.segments.includes(name));
    go("/segments/new", { rule: JSON.stringify(intersectionRule(c.segments, outside)), ko: label(c), en: label(c) });
  };
  if (columns.length === 0) return <Panel title={t("upset")}><Empty why={t("nobody")} hint={t("nobodyHint")} /></Panel>;
  return (
    <Panel title={t("upset")} saves="intersections">
      <Text size="xs" c="dimmed" mb={8}>
        {t("upsetSays")}
      </Text>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t("upset")}>
        <table className={css.matrix}>
          <tbody>
            <tr>
              <th scope="row">{t("customers")}</th>
              {columns.map((c) => (
                <td key={c.segments.join()}>
                  <Tooltip label={`${label(c)} · ${format.whole(c.customers)} · ${format.moneyShort(c.value)}`}>
                    <button type="button" className={css.column} onClick={() => make(c)}>
                      <span className="unseen">{label(c)}</span>
                      <span>{format.short(c.customers)}</span>
                      <i style={{ height: `${Math.round((c.customers / most) * 150)}px` }} />
                    </button>
                  </Tooltip>
                </td>
              ))}
            </tr>
            {found.chosen.map((name) => (
              <tr key={name}>
                <th scope="row">
                  {says.get(name)?.says ?? name} <small>{format.whole(says.get(name)?.customers)}</small>
                </th>
                {columns.map((c) => (
                  <td key={c.segments.join()} className="dotcell">
                    <span className={css.dot} data-in={c.segments.includes(name) || undefined} aria-hidden="true" />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

export function Sizes({ found, pick }: { found: Picture; pick: (segment: string) => void }) {
  const t = useWords(words);
  const ink = useInk();
  const narrow = useNarrow();
  const format = useFormat();
  const go = useGo();
  const rows = found.segments.filter((s) => s.customers > 0);
  const each = (s: Sized) => (s.customers ? Number(s.value) / s.customers : 0);
  const largest = Math.max(1, ...rows.map((s) => s.customers));
  const leftward = (s: Sized) => (narrow ? s.customers > Math.sqrt(largest) : s.customers > largest / 2);
  const option = useMemo(
    () => ({
      tooltip: { formatter: (p: unknown) => { const s = (p as { data: { row: Sized } }).data.row; return `${s.says}<br/>${format.whole(s.customers)} · ${format.moneyShort(s.value)} · ${format.moneyShort(each(s))}`; } },
      grid: { left: 8, right: 24, top: 28, bottom: 24 },
      xAxis: { type: "log" as const, name: t("customers"), nameLocation: "middle" as const, nameGap: 26, axisLabel: { formatter: (v: number) => format.short(v) } },
      yAxis: { type: "value" as const, name: t("average"), axisLabel: { formatter: (v: number) => format.short(v) } },
      series: [
        {
          type: "scatter" as const,
          data: rows.map((s) => ({ value: [s.customers, each(s)], name: s.says, row: s, label: { position: leftward(s) ? ("left" as const) : ("right" as const) }, symbolSize: 10 + 34 * Math.sqrt(Number(s.value) / Math.max(1, Number(found.value))) })),
          label: { show: true, position: "right" as const, formatter: "{b}", fontSize: 11, color: ink, textBorderWidth: 0, ...(narrow ? { width: 100, overflow: "truncate" as const } : {}) },
          labelLayout: { hideOverlap: true },
          itemStyle: { opacity: 0.75 },
        },
      ],
    }),
    [found, t, format, ink, narrow],
  );
  return (
    <div style={{ marginTop: 12 }}>
      <Panel title={t("sizes")}>
        <Text size="xs" c="dimmed">
          {t("sizesSays")}
        </Text>
        <Chart
          option={option as never}
          height={320}
          label={t("sizes")}
          name="segments"
          table={{
            columns: [{ key: "says", title: t("segment") }, { key: "customers", title: t("customers"), align: "right" }, { key: "value", title: t("value"), align: "right" }],
            rows: rows.map((s) => ({ says: s.says, customers: s.customers, value: Number(s.value) })),
          }}
          onPick={(what) => pick((what.data as { row: Sized }).row.segment)}
        />
        <DataTable
          label={t("sizes")}
          rows={rows}
          rowKey={(s) => s.segment}
          onOpen={(s) => go(`/segments/${encodeURIComponent(s.segment)}`)}
          columns={[
            { key: "says", title: t("segment"), wrap: "narrow", cell: (s) => <Group gap={4} wrap="nowrap">{s.says}<ActionIcon size="xs" component="span" aria-hidden="true"><IconExternalLink size={12} /></ActionIcon></Group> },
            { key: "customers", title: t("customers"), align: "right", cell: (s) => format.whole(s.customers) },
            { key: "share", title: t("share"), align: "right", cell: (s) => format.percent(found.everyone ? s.customers / found.everyone : 0) },
            { key: "value", title: t("value"), align: "right", cell: (s) => format.moneyShort(s.value) },
            { key: "average", title: t("average"), align: "right", cell: (s) => format.moneyShort(each(s)) },
          ]}
          csvName="segment-map"
        />
      </Panel>
    </div>
  );
}
