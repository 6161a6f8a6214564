/** Lines (or bars) over time; what it is compared with is dashed; the part that is not over yet is lighter. */
import { Chip, Group } from "@mantine/core";
import { useCallback, useMemo } from "react";

import { Chart, type Column, type Format, useFormat, useView, useWords } from "../../../ui";
import type { Row } from "../asking";
import { ofValue } from "../editor/condition";
import { useNames } from "../editor/names";
import { put } from "../question";
import { distinct, Narrow, num, type PictureProps, rowsOf, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { type Line, lines, option } from "./trends.option";
import { words } from "./words";

export const amount = (unit: string, format: Format) => (value: number | null | undefined) =>
  unit === "money" ? format.moneyShort(value) : format.number(value);

/** A value of a breakdown in words. */
export function useValueWords(by: string) {
  const t = useWords(words);
  const names = useNames();
  return useCallback(
    (value: string | null, other = false): string => {
    if (other) return t("others");
    if (by.startsWith("segment:")) return t(value === "in" ? "inSegment" : "outSegment", { name: names(by) });
    if (value === null || value === "") return by ? t("unknownValue") : t("allOfIt");
    if (value === "true") return t("yes");
    if (value === "false") return t("no");
    return names(`${by}=${value}`);
    },
    [by, names, t],
  );
}

export function bucketText(bucket: string, interval: string, format: Format): string {
  if (interval === "hour") return `${format.day(bucket.slice(0, 10))} ${bucket.slice(11, 16)}`;
  return interval === "month" ? bucket.slice(0, 7) : format.day(bucket.slice(0, 10));
}

export default function Trends({ answered, question, ask, pick, small = false, tall = 220 }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const [view, setView] = useView();
  const by = txt(answered.question, "by");
  const value = useValueWords(by);
  const series = rowsOf(answered, "series");
  const totals = rowsOf(answered, "totals");
  const interval = txt(answered.facts, "interval") || "day";
  const says = amount(txt(answered.facts, "unit"), format);
  const partial = Array.isArray(answered.facts["partial"]) ? answered.facts["partial"].map(String) : [];
  const compared = answered.compared !== null;
  const bars = !small && view["as"] === "bars";
  const drawn: Line[] = useMemo(() => lines(series, (row) => value(row["value"] === null ? null : txt(row, "value"), row["other"] === true)), [series, value]);
  const buckets = distinct(series, "bucket");
  const picture = useMemo(
    () =>
      option({
        lines: drawn,
        buckets: buckets.map((bucket) => bucketText(bucket, interval, format)),
        open: buckets.map((bucket) => partial.includes(bucket)),
        compared: compared ? t("before") : "",
        bars,
        says,
        short: (n) => format.short(n),
      }),
    // what is read of the answer changes with the answer alone
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [drawn, interval, format, compared, bars],
  );
  const columns: Column<Row>[] = [
    { key: "value", title: by ? t("value") : t("measure"), cell: (row) => (
        <Narrow
          says={value(row["value"] === null ? null : txt(row, "value"), row["other"] === true)}
          onNarrow={by && row["other"] !== true ? () => ask(put(ofValue(question, by, row["value"] === null ? null : txt(row, "value")), "by", undefined)) : undefined}
        />
      ) },
    { key: "n", title: t("thisPeriod"), align: "right", cell: (row) => says(num(row, "n")) },
    ...(compared
      ? [
          { key: "before", title: t("before"), align: "right" as const, cell: (row: Row) => says(num(row, "before")) },
          { key: "change", title: t("change"), align: "right" as const, cell: (row: Row) => <Change share={num(row, "change")} /> },
        ]
      : []),
  ];
  const hidden: Column<Record<string, string | number | null>>[] = [
    { key: "bucket", title: t("time") },
    ...drawn.map((line, n) => ({ key: `n${n}`, title: line.name, align: "right" as const })),
  ];
  const table = {
    columns: hidden,
    rows: buckets.map((bucket, i) => ({ bucket, ...Object.fromEntries(drawn.map((line, n) => [`n${n}`, line.here[i] ?? null])) })),
  };
  // the dashed line is of other days: the people of this period are not behind it
  const past = (name: string) => compared && !drawn.some((line) => line.name === name);
  const label = t("trendsLabel", { from: buckets[0] ?? "", to: buckets.at(-1) ?? "" });
  return (
    <>
      {!by && totals[0] && (
        <dl className={styles["figures"]}>
          <div>
            <dt>{t("thisPeriod")}</dt>
            <dd>
              {says(num(totals[0], "n"))} {compared && <Change share={num(totals[0], "change")} small />}
            </dd>
          </div>
          {compared && (
            <div>
              <dt>{t("before")}</dt>
              <dd className={styles["quiet"]}>{says(num(totals[0], "before"))}</dd>
            </div>
          )}
        </dl>
      )}
      {!small && (
        <Group gap={6} mb={4}>
          <Chip.Group value={bars ? "bars" : "lines"} onChange={(as) => setView({ as: as === "bars" ? "bars" : null }, { replace: true })}>
            <Chip value="lines" size="xs">
              {t("asLines")}
            </Chip>
            <Chip value="bars" size="xs">
              {t("asBars")}
            </Chip>
          </Chip.Group>
        </Group>
      )}
      <Chart
        option={picture}
        height={small ? Math.max(90, tall - (by ? 10 : 66)) : 300}
        label={label}
        table={table}
        plain={small}
        name="trends"
        {...(pick ? { onPick: ({ index, series: name }) => !past(name) && pick(cellOf(series, buckets[index], drawn.find((line) => line.name === name)?.key)) } : {})}
      />
      {!small && by && <Sorted columns={columns} rows={totals} label={t("totals")} name="trends-totals" onOpen={pick ? (row) => pick({ value: row["value"] ?? null, other: row["other"] ?? false }) : undefined} />}
    </>
  );
}

function cellOf(series: readonly Row[], bucket: string | undefined, key: string | undefined): Row {
  const row = series.find((one) => txt(one, "bucket") === bucket && (key === undefined || keyOf(one) === key));
  return { bucket: bucket ?? null, ...(row ? { value: row["value"] ?? null, other: row["other"] ?? false } : {}) };
}

const keyOf = (row: Row): string => JSON.stringify([row["value"] ?? null, row["other"] ?? false]);

/** A change with its sign and arrow: never by colour alone. */
export function Change({ share, small = false }: { share: number | null; small?: boolean }) {
  const format = useFormat();
  if (share === null) return <span className={styles["quiet"]}>–</span>;
  const arrow = share > 0.0005 ? "↑" : share < -0.0005 ? "↓" : "→";
  const tone = arrow === "↑" ? styles["up"] : arrow === "↓" ? styles["down"] : styles["quiet"];
  const text = `${arrow} ${format.signedPercent(share)}`;
  return <span className={tone}>{small ? <small>{text}</small> : text}</span>;
}
