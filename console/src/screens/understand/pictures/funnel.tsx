/** Steps as bars: who got there, who did not, how long it took. Every part can be clicked: who is that? */
import { Chip, Group } from "@mantine/core";

import { type Column, Panel, useFormat, useView, useWords } from "../../../ui";
import type { Row } from "../asking";
import { ofValue } from "../editor/condition";
import { useNames } from "../editor/names";
import { put } from "../question";
import { Bar, Narrow, num, type PictureProps, rowsOf, Sorted, stepWords, txt } from "./kit";
import styles from "./pictures.module.css";
import { span } from "./time";
import { useValueWords } from "./trends";
import { words } from "./words";

const keyOf = (row: Row): string => JSON.stringify([row["value"] ?? null, row["other"] ?? false]);

export default function Funnel({ answered, question, ask, pick, small = false, tall = 220 }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const [view, setView] = useView();
  const by = txt(answered.question, "by");
  const value = useValueWords(by);
  const split = rowsOf(answered, "split");
  const values = [...new Map(split.map((row) => [keyOf(row), row])).values()];
  const chosen = small ? undefined : values.find((row) => keyOf(row) === view["part"]);
  const steps = chosen ? split.filter((row) => keyOf(row) === keyOf(chosen)) : rowsOf(answered, "steps");
  const cell = (row: Row, dropped: boolean): Row => ({
    step: row["step"] ?? null,
    ...(dropped ? { dropped: true } : {}),
    ...(chosen ? { value: chosen["value"] ?? null, other: chosen["other"] ?? false } : {}),
  });
  const last = steps.at(-1);
  return (
    <>
      {!small && (
        <dl className={styles["figures"]}>
          <div>
            <dt>{t("wholeConversion")}</dt>
            <dd>{format.percent(num(last, "share"))}</dd>
          </div>
          <div>
            <dt>{t("medianTime")}</dt>
            <dd>{span(num(last, "total"), t)}</dd>
          </div>
        </dl>
      )}
      {!small && values.length > 0 && (
        <Group gap={6} mb={10}>
          <Chip.Group value={chosen ? keyOf(chosen) : ""} onChange={(part) => setView({ part: typeof part === "string" ? part : null }, { replace: true })}>
            <Chip value="" size="xs">
              {t("everybody")}
            </Chip>
            {values.map((row) => (
              <Chip key={keyOf(row)} value={keyOf(row)} size="xs">
                {value(row["value"] === null ? null : txt(row, "value"), row["other"] === true)}
              </Chip>
            ))}
          </Chip.Group>
        </Group>
      )}
      <ol className={styles["funnel"]}>
        {steps.map((row, n) => (
          <Step key={n} row={row} nth={n} small={small} height={small ? Math.max(60, tall - 90) : 190} onReached={pick && (() => pick(cell(row, false)))} onDropped={pick && (() => pick(cell(row, true)))} />
        ))}
      </ol>
      {!small && <Table steps={steps} split={split} value={value} by={by} pick={pick} narrow={(value) => ask(put(ofValue(question, by, value), "by", undefined))} />}
    </>
  );
}

type StepProps = { row: Row; nth: number; small: boolean; height: number; onReached: (() => void) | undefined; onDropped: (() => void) | undefined };

function Step({ row, nth, small, height, onReached, onDropped }: StepProps) {
  const t = useWords(words);
  const format = useFormat();
  const share = num(row, "share") ?? 0;
  const conversion = num(row, "conversion");
  const dropped = num(row, "dropped") ?? 0;
  const names = useNames();
  const label = txt(row, "label") === "any" ? t("anyEvent") : stepWords(txt(row, "label"), names);
  const lost = conversion ? Math.max(0, share / conversion - share) : 0;
  return (
    <li>
      <div className={styles["stepname"]}>
        {nth + 1}. {label}
      </div>
      <div className={styles["column"]} style={{ height }}>
        {lost > 0 && (
          <button
            type="button"
            className={styles["lost"]}
            style={{ height: Math.max(2, lost * height) }}
            onClick={onDropped}
            disabled={!onDropped}
            aria-label={t("whoDropped", { n: dropped, step: label })}
            title={t("whoDropped", { n: dropped, step: label })}
          />
        )}
        <button
          type="button"
          className={styles["here"]}
          style={{ height: Math.max(2, share * height) }}
          onClick={onReached}
          disabled={!onReached}
          aria-label={t("whoReached", { n: num(row, "customers") ?? 0, step: label })}
          title={t("whoReached", { n: num(row, "customers") ?? 0, step: label })}
        />
      </div>
      <div className={styles["under"]}>
        <strong>{format.percent(num(row, "share"))}</strong> <span className={styles["quiet"]}>{t("customersN", { n: num(row, "customers") ?? 0 })}</span>
        {conversion !== null && !small && (
          <>
            <div>{t("ofBefore", { share: format.percent(conversion) })}</div>
            {dropped > 0 &&
              (onDropped ? (
                <button type="button" onClick={onDropped}>
                  {t("droppedOut", { n: dropped })}
                </button>
              ) : (
                <span className={styles["down"]}>{t("droppedOut", { n: dropped })}</span>
              ))}
            {num(row, "median") !== null && (
              <div className={styles["quiet"]} title={t("quartiles", { low: span(num(row, "q1"), t), high: span(num(row, "q3"), t) })}>
                {t("usually", { time: span(num(row, "median"), t) })}
              </div>
            )}
          </>
        )}
      </div>
    </li>
  );
}

type TableProps = { steps: readonly Row[]; split: readonly Row[]; value: (value: string | null, other?: boolean) => string; by: string; pick: PictureProps["pick"]; narrow: (value: string | null) => void };

function Table({ steps, split, value, by, pick, narrow }: TableProps) {
  const t = useWords(words);
  const format = useFormat();
  const names = useNames();
  const columns: Column<Row>[] = [
    ...(by ? [{ key: "value", title: t("value"), cell: (row: Row) => <Narrow says={value(row["value"] === null ? null : txt(row, "value"), row["other"] === true)} onNarrow={row["other"] === true ? undefined : () => narrow(row["value"] === null ? null : txt(row, "value"))} /> }] : []),
    { key: "step", title: t("nth"), align: "right" },
    { key: "label", title: t("step"), wrap: true, cell: (row) => (txt(row, "label") === "any" ? t("anyEvent") : stepWords(txt(row, "label"), names)) },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => format.whole(num(row, "customers")) },
    { key: "share", title: t("ofFirst"), align: "right", cell: (row) => <Bar share={num(row, "share") ?? 0}>{format.percent(num(row, "share"))}</Bar> },
    { key: "conversion", title: t("ofStepBefore"), align: "right", cell: (row) => format.percent(num(row, "conversion")) },
    { key: "dropped", title: t("dropped"), align: "right", cell: (row) => format.whole(num(row, "dropped")) },
    { key: "q1", title: t("quick"), align: "right", cell: (row) => span(num(row, "q1"), t) },
    { key: "median", title: t("median"), align: "right", cell: (row) => span(num(row, "median"), t) },
    { key: "q3", title: t("slow"), align: "right", cell: (row) => span(num(row, "q3"), t) },
  ];
  return (
    <Panel flush title={by ? t("stepsBy") : t("steps")}>
      <Sorted
        columns={columns}
        rows={by ? split : steps}
        label={t("steps")}
        name="funnel"
        limit={60}
        onOpen={pick ? (row) => pick({ step: row["step"] ?? null, ...(num(row, "dropped") ? { dropped: true } : {}), ...("value" in row ? { value: row["value"] ?? null, other: row["other"] ?? false } : {}) }) : undefined}
      />
    </Panel>
  );
}
