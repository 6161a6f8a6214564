/** What goes together: a table of pairs sorted by lift, and the most bought against each other as a matrix. */
import { Badge, SegmentedControl } from "@mantine/core";
import { useState } from "react";

import { type Column, Go, Panel, useFormat, useWords } from "../../../ui";
import type { Row } from "../asking";
import { address, put } from "../question";
import { Bar, num, type PictureProps, rowsOf, shade, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { words } from "./words";

const MOST = 12;

/** How sure a finding is, in a word. */
export function Sure({ word }: { word: string }) {
  const t = useWords(words);
  if (word !== "clear" && word !== "likely" && word !== "chance") return null;
  const color = { clear: "pine", likely: "blue", chance: "gray" }[word];
  return <Badge color={color}>{t(`sure_${word}`)}</Badge>;
}

export default function Affinity({ answered, question, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const [as, setAs] = useState("pairs");
  const pairs = rowsOf(answered, "pairs");
  const next = txt(answered.question, "how") === "next";
  const most = Math.max(1, ...pairs.map((row) => num(row, "lift") ?? 0));
  const columns: Column<Row>[] = [
    { key: "a", title: t("ifBought"), wrap: true, cell: (row) => <Go to={address("affinity", put(question, "item", txt(row, "a")))}>{txt(row, "a")}</Go> },
    { key: "b", title: next ? t("thenNext") : t("thenAlso"), wrap: true },
    { key: "lift", title: t("lift"), align: "right", cell: (row) => <Bar share={(num(row, "lift") ?? 0) / most}>{t("times", { n: format.number(num(row, "lift")) })}</Bar> },
    { key: "low", title: t("interval"), align: "right", cell: (row) => (num(row, "low") === null ? "–" : `${format.number(num(row, "low"))}–${format.number(num(row, "high"))}`) },
    { key: "confidence", title: t("confidence"), align: "right", cell: (row) => format.percent(num(row, "confidence")) },
    { key: "support", title: t("support"), align: "right", cell: (row) => format.percent(num(row, "support")) },
    { key: "both", title: next ? t("ordersNext") : t("ordersBoth"), align: "right", cell: (row) => format.whole(num(row, "both")) },
    { key: "sure", title: t("sure"), cell: (row) => <Sure word={txt(row, "sure")} /> },
  ];
  if (small) return <Sorted columns={columns.slice(0, 3)} rows={pairs.slice(0, 8)} label={t("pairs")} name="" />;
  return (
    <Panel
      flush
      saves="affinity"
      title={t("pairs")}
      right={
        <SegmentedControl
          aria-label={t("shownAs")}
          value={as}
          onChange={setAs}
          data={[
            { value: "pairs", label: t("asTable") },
            { value: "matrix", label: t("asMatrix") },
          ]}
        />
      }
    >
      {as === "matrix" ? (
        <Matrix pairs={pairs} both={!next} pick={pick} />
      ) : (
        <Sorted columns={columns} rows={pairs} label={t("pairs")} name="affinity" onOpen={pick ? (row) => pick({ a: row["a"] ?? null, b: row["b"] ?? null, without: true }) : undefined} />
      )}
    </Panel>
  );
}

function Matrix({ pairs, both, pick }: { pairs: readonly Row[]; both: boolean; pick: PictureProps["pick"] }) {
  const t = useWords(words);
  const format = useFormat();
  const byFrequency = [...pairs].sort((a, b) => (num(b, "both") ?? 0) - (num(a, "both") ?? 0));
  const names = [...new Set(byFrequency.flatMap((row) => [txt(row, "a"), txt(row, "b")]))].slice(0, MOST);
  const lifts = new Map(pairs.map((row) => [`${txt(row, "a")}\n${txt(row, "b")}`, row]));
  const found = (a: string, b: string) => lifts.get(`${a}\n${b}`) ?? (both ? lifts.get(`${b}\n${a}`) : undefined);
  const most = Math.max(2, ...pairs.map((row) => num(row, "lift") ?? 0));
  return (
    <div className={styles["heatbox"]} data-scrolls style={{ padding: 12 }}>
      <table className={styles["heat"]} aria-label={t("matrixLabel")}>
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col" style={{ whiteSpace: "normal", maxWidth: 92, verticalAlign: "bottom" }}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((a) => (
            <tr key={a}>
              <th scope="row">{a}</th>
              {names.map((b) => {
                const row = a === b ? undefined : found(a, b);
                const lift = num(row, "lift");
                return (
                  <td key={b} style={lift === null ? {} : shade(Math.max(0, lift - 1) / (most - 1))}>
                    {row && pick ? (
                      <button type="button" onClick={() => pick({ a, b, without: true })}>
                        {format.number(lift)}
                      </button>
                    ) : (
                      <span>{lift === null ? "" : format.number(lift)}</span>
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

