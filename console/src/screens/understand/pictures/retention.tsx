/** Cohorts as a triangle, and the average as a curve with its interval. */
import { Chip, Group } from "@mantine/core";
import { useMemo } from "react";

import { Chart, type Column, Panel, useFormat, useView, useWords } from "../../../ui";
import type { Row } from "../asking";
import { num, type PictureProps, rowsOf, shade, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { curve } from "./retention.option";
import { bucketText, useValueWords } from "./trends";
import { words } from "./words";

const keyOf = (row: Row): string => JSON.stringify([row["value"] ?? null, row["other"] ?? false]);

export default function Retention({ answered, pick, small = false, tall = 220 }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const [view, setView] = useView();
  const by = txt(answered.question, "by");
  const said = useValueWords(by);
  const value = (row: Row) => said(row["value"] === null ? null : txt(row, "value"), row["other"] === true);
  const points = rowsOf(answered, "curve");
  const interval = txt(answered.facts, "interval") || "month";
  const rolling = answered.facts["rolling"] === true;
  const cohorts = rowsOf(answered, "cohorts");
  const values = [...new Map(cohorts.map((row) => [keyOf(row), row])).values()];
  const chosen = (small ? undefined : values.find((row) => keyOf(row) === view["part"])) ?? values[0];
  const mine = (row: Row) => chosen === undefined || keyOf(row) === keyOf(chosen);
  const step = (row: Row) => stepText(row, interval, t);
  const picture = useMemo(
    () => curve(points, value, step, (share) => format.percent(share), t("intervalOf")),
    // the rest is read of the same answer, in the same language
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [points, format, t, interval],
  );
  const columns: Column<Row>[] = [
    ...(by ? [{ key: "value", title: t("value"), cell: value }] : []),
    { key: "first", title: t("after"), cell: step },
    { key: "share", title: rolling ? t("backThenOrLater") : t("back"), align: "right", cell: (row) => format.percent(num(row, "share")) },
    { key: "low", title: t("interval"), align: "right", cell: (row) => `${format.percent(num(row, "low"))}–${format.percent(num(row, "high"))}` },
    { key: "customers", title: t("cameBackN"), align: "right", cell: (row) => format.whole(num(row, "customers")) },
    { key: "size", title: t("ofCustomers"), align: "right", cell: (row) => format.whole(num(row, "size")) },
  ];
  const chart = (
    <Chart
      option={picture}
      height={small ? Math.max(90, tall - 10) : 260}
      label={t("curveLabel")}
      name="retention"
      plain={small}
      table={{
        columns: [
          { key: "value", title: t("value") },
          { key: "after", title: t("after") },
          { key: "share", title: t("back"), align: "right" },
        ],
        rows: points.map((row) => ({ value: value(row), after: step(row), share: num(row, "share") })),
      }}
    />
  );
  if (small) return chart;
  return (
    <>
      <Panel title={t("curve")}>{chart}</Panel>
      <Panel
        saves="cohorts"
        title={t("cohorts")}
        right={
          values.length > 1 ? (
            <Group gap={6}>
              <Chip.Group value={chosen ? keyOf(chosen) : ""} onChange={(part) => setView({ part: typeof part === "string" ? part : null }, { replace: true })}>
                {values.map((row) => (
                  <Chip key={keyOf(row)} value={keyOf(row)} size="xs">
                    {value(row)}
                  </Chip>
                ))}
              </Chip.Group>
            </Group>
          ) : undefined
        }
      >
        <Triangle cohorts={cohorts.filter(mine)} cells={rowsOf(answered, "cells").filter(mine)} interval={interval} step={step} pick={pick} />
        <p className={styles["quiet"]}>{t("triangleHint")}</p>
      </Panel>
      <Panel flush title={t("curveTable")}>
        <Sorted columns={columns} rows={points} label={t("curveTable")} name="retention" limit={30} />
      </Panel>
    </>
  );
}

type Say = ReturnType<typeof useWords<typeof words>>;

/** `3`, or `2–3` for a wider step, with its unit. */
export function stepText(row: Row, interval: string, t: Say): string {
  const [first, last] = [num(row, "first") ?? 0, num(row, "last") ?? 0];
  const unit = interval === "day" || interval === "week" ? interval : "month";
  return first === last ? t(`in_${unit}`, { n: String(first) }) : t(`in_${unit}`, { n: `${first}–${last}` });
}

type TriangleProps = { cohorts: readonly Row[]; cells: readonly Row[]; interval: string; step: (row: Row) => string; pick: PictureProps["pick"] };

function Triangle({ cohorts, cells, interval, step, pick }: TriangleProps) {
  const t = useWords(words);
  const format = useFormat();
  const steps = [...new Map(cells.map((row) => [`${txt(row, "first")}-${txt(row, "last")}`, row])).values()];
  const found = new Map(cells.map((row) => [`${txt(row, "cohort")} ${txt(row, "first")}`, row]));
  // the beginning itself is not a return: its share must not bleach the others
  const most = Math.max(0.01, ...cells.filter((row) => (num(row, "first") ?? 0) > 0).map((row) => num(row, "share") ?? 0));
  return (
    <div className={styles["heatbox"]} data-scrolls tabIndex={0} role="group" aria-label={t("cohorts")}>
      <table className={styles["heat"]} aria-label={t("cohorts")}>
        <thead>
          <tr>
            <th scope="col">{t("cohort")}</th>
            <th scope="col">{t("customers")}</th>
            {steps.map((row) => (
              <th key={txt(row, "first")} scope="col">
                {step(row)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map((cohort) => (
            <tr key={txt(cohort, "cohort")}>
              <th scope="row">{bucketText(txt(cohort, "cohort"), interval, format)}</th>
              <td>
                {pick && num(cohort, "size") ? (
                  <button type="button" onClick={() => pick({ cohort: cohort["cohort"] ?? null, value: cohort["value"] ?? null, other: cohort["other"] ?? false })}>
                    {format.whole(num(cohort, "size"))}
                  </button>
                ) : (
                  <span>{format.whole(num(cohort, "size"))}</span>
                )}
              </td>
              {steps.map((one) => {
                const row = found.get(`${txt(cohort, "cohort")} ${txt(one, "first")}`);
                if (!row || num(row, "share") === null) return <td key={txt(one, "first")} />;
                const title = t("cellTitle", { n: num(row, "customers") ?? 0, share: format.percent(num(row, "share")) });
                return (
                  <td key={txt(one, "first")} data-partial={row["complete"] === false || undefined} style={shade((num(row, "share") ?? 0) / most)}>
                    {pick ? (
                      <button type="button" title={title} onClick={() => pick({ cohort: row["cohort"] ?? null, first: row["first"] ?? null, last: row["last"] ?? null, value: row["value"] ?? null, other: row["other"] ?? false })}>
                        {format.percent(num(row, "share"))}
                      </button>
                    ) : (
                      <span title={title}>{format.percent(num(row, "share"))}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
