/** From stage to stage between two dates, or from period to period: flows, and a matrix with its sizes. */
import { useMemo } from "react";

import { Chart, type Column, Panel, useFormat, useLang, useWords } from "../../../ui";
import type { Row } from "../asking";
import { isFields } from "../question";
import { num, type PictureProps, rowsOf, shade, Sorted, txt, useInk } from "./kit";
import styles from "./pictures.module.css";
import { sankey } from "./sankey";
import { words } from "./words";

const NONE = "\u0000";

export default function Flows({ answered, pick, small = false, tall = 220 }: PictureProps) {
  const t = useWords(words);
  const ink = useInk();
  const lang = useLang();
  const format = useFormat();
  const flows = rowsOf(answered, "flows");
  const said = isFields(answered.facts["words"]) ? answered.facts["words"] : {};
  const moments = [...new Set(flows.flatMap((row) => [txt(row, "start"), txt(row, "end")]))].sort();
  const stage = (value: string): string => {
    if (value === NONE || value === "") return t("noStage");
    if (value === "(others)") return t("others");
    const word = said[value];
    return isFields(word) ? txt(word, lang) || value : value;
  };
  const at = (moment: string) => moments.findIndex((one) => one === moment);
  const key = (row: Row, end: "source" | "target") => `${at(txt(row, end === "source" ? "start" : "end"))} ${txt(row, end) || NONE}`;
  const flow = useMemo(
    () =>
      sankey(
        flows.map((row) => ({ from: key(row, "source"), to: key(row, "target"), n: num(row, "customers") ?? 0 })),
        (name) => stage(name.slice(name.indexOf(" ") + 1)),
        (n) => t("customersN", { n }),
        ink,
      ),
    // everything else is read of the same answer, in the same language
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [flows, t, ink],
  );
  const onPick = pick
    ? ({ data }: { data: unknown }) => {
        const { source, target } = (data ?? {}) as { source?: unknown; target?: unknown };
        if (typeof source !== "string" || typeof target !== "string") return;
        const cell = flows.find((row) => key(row, "source") === source && key(row, "target") === target);
        if (cell) pick(cellOf(cell));
      }
    : undefined;
  const columns: Column<Row>[] = [
    ...(moments.length > 2 ? [{ key: "start", title: t("fromTo"), cell: (row: Row) => `${format.date(txt(row, "start"))} – ${format.date(txt(row, "end"))}` }] : []),
    { key: "source", title: t("stageThen"), cell: (row) => stage(txt(row, "source")) },
    { key: "target", title: t("stageNow"), cell: (row) => stage(txt(row, "target")) },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => format.whole(num(row, "customers")) },
    { key: "share", title: t("ofStage"), align: "right", cell: (row) => format.percent(num(row, "share")) },
  ];
  const picture = (
    <Chart
      option={flow}
      height={small ? Math.max(90, tall - 10) : 380}
      label={t("flowsLabel")}
      name="flows"
      plain={small}
      table={{
        columns: columns.map(({ key: name, title, align }) => ({ key: name, title, ...(align ? { align } : {}) })),
        rows: flows.map((row) => ({ start: txt(row, "start"), source: stage(txt(row, "source")), target: stage(txt(row, "target")), customers: num(row, "customers"), share: num(row, "share") })),
      }}
      {...(onPick ? { onPick } : {})}
    />
  );
  if (small) return picture;
  return (
    <>
      <p className={styles["quiet"]}>{moments.map((moment) => format.date(moment)).join(" → ")}</p>
      {picture}
      {moments.length === 2 && (
        <Panel title={t("matrix")} saves="lifecycle-flows">
          <Matrix flows={flows} stage={stage} pick={pick} />
        </Panel>
      )}
      <Panel flush title={t("flowsTable")}>
        <Sorted columns={columns} rows={flows} label={t("flowsTable")} name="flows" limit={20} onOpen={pick ? (row) => pick(cellOf(row)) : undefined} />
      </Panel>
    </>
  );
}

const cellOf = (row: Row): Row => ({ start: row["start"] ?? null, end: row["end"] ?? null, source: row["source"] ?? null, target: row["target"] ?? null });

function Matrix({ flows, stage, pick }: { flows: readonly Row[]; stage: (value: string) => string; pick: PictureProps["pick"] }) {
  const t = useWords(words);
  const format = useFormat();
  const sources = [...new Set(flows.map((row) => txt(row, "source")))];
  const targets = [...new Set(flows.map((row) => txt(row, "target")))];
  return (
    <div className={styles["heatbox"]} data-scrolls>
      <table className={styles["heat"]} aria-label={t("matrix")}>
        <thead>
          <tr>
            <th scope="col">{t("thenNow")}</th>
            {targets.map((target) => (
              <th key={target} scope="col">
                {stage(target)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <tr key={source}>
              <th scope="row">{stage(source)}</th>
              {targets.map((target) => {
                const row = flows.find((one) => txt(one, "source") === source && txt(one, "target") === target);
                const text = row ? `${format.whole(num(row, "customers"))}${num(row, "share") === null ? "" : ` · ${format.percent(num(row, "share"))}`}` : "";
                return (
                  <td key={target} style={row ? shade(num(row, "share") ?? 0) : {}}>
                    {row && pick ? (
                      <button type="button" onClick={() => pick(cellOf(row))}>
                        {text}
                      </button>
                    ) : (
                      <span>{text}</span>
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
