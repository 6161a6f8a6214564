/** Ways through the shop as a Sankey, and where they break, the dearest first, from the customer's side. */
import { useMemo } from "react";

import { Chart, type Column, Panel, Sentence, useFormat, useWords } from "../../../ui";
import type { Row } from "../asking";
import { useNames } from "../editor/names";
import { Bar, num, type PictureProps, rowsOf, Sorted, stepWords, txt, useInk } from "./kit";
import { END, flows, isNamed, nodeOf, OTHERS, START } from "./paths.flow";
import styles from "./pictures.module.css";
import { sankey } from "./sankey";
import { useValueWords } from "./trends";
import { words } from "./words";

export default function Paths({ answered, pick, small = false, tall = 220 }: PictureProps) {
  const t = useWords(words);
  const ink = useInk();
  const format = useFormat();
  const by = txt(answered.question, "by");
  const value = useValueWords(by);
  const links = rowsOf(answered, "links");
  const breaks = rowsOf(answered, "breaks");
  const before = answered.question["before"];
  const backwards = before !== null && before !== undefined;
  const names = useNames();
  const goals = Array.isArray(answered.facts["goals"]) ? answered.facts["goals"].map(String) : [];
  const called = (label: string) => ({ [END]: t("ended"), [OTHERS]: t("others"), [START]: t("began") })[label] ?? stepWords(label, names);
  const picture = useMemo(
    () => sankey(flows(links, backwards, goals), (key) => called(nodeOf(key).label), (n) => t("journeysN", { n }), ink),
    // called changes with the language alone
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [links, backwards, goals.join("\n"), t, names, ink],
  );
  const onPick = pick
    ? ({ name, data }: { name: string; data: unknown }) => {
        const target = (data as { target?: unknown } | null)?.target;
        const node = nodeOf(typeof target === "string" ? target : name);
        if (isNamed(node.label) && Number.isFinite(node.step)) pick({ step: node.step, label: node.label });
      }
    : undefined;
  const picked = links.map((row) => ({
    step: num(row, "step"),
    source: txt(row, "source_kind") === "node" ? called(txt(row, "source")) : called({ others: OTHERS, start: START }[txt(row, "source_kind")] ?? END),
    target: txt(row, "target_kind") === "node" ? called(txt(row, "target")) : called({ others: OTHERS, start: START }[txt(row, "target_kind")] ?? END),
    journeys: num(row, "journeys"),
  }));
  const depth = Math.max(2, ...links.map((row) => Math.abs(num(row, "step") ?? 0) + 1));
  const chart = (
    <div className={styles["heatbox"]} tabIndex={0} role="group" aria-label={t("pathsLabel")}>
      <div style={{ minWidth: small ? 0 : depth * 130 }}>
        <Chart
          option={picture}
          height={small ? Math.max(90, tall - 10) : 400}
          label={t("pathsLabel")}
          name="paths"
          plain={small}
          table={{
            columns: [
              { key: "step", title: t("step"), align: "right" },
              { key: "source", title: t("from") },
              { key: "target", title: t("to") },
              { key: "journeys", title: t("journeys"), align: "right" },
            ],
            rows: picked,
          }}
          {...(onPick ? { onPick } : {})}
        />
      </div>
    </div>
  );
  if (small) return chart;
  const worst = breaks[0];
  return (
    <>
      {worst && num(worst, "cost") !== null && (
        <p className={styles["warning"]}>
          <Sentence>
            {t("worstBreak", {
              place: called(txt(worst, "label")),
              broke: format.whole(num(worst, "broke")),
              n: num(worst, "journeys") ?? 0,
              cost: format.moneyShort(num(worst, "cost")),
            })}
          </Sentence>
        </p>
      )}
      <Panel title={t("ways")}>{chart}</Panel>
      <Panel flush title={t("breaks")}>
        <Breaks rows={breaks} by={by} value={value} pick={pick} />
      </Panel>
    </>
  );
}

type BreaksProps = { rows: readonly Row[]; by: string; value: (value: string | null) => string; pick: PictureProps["pick"] };

function Breaks({ rows, by, value, pick }: BreaksProps) {
  const t = useWords(words);
  const format = useFormat();
  const names = useNames();
  const most = Math.max(1, ...rows.map((row) => num(row, "cost") ?? 0));
  const columns: Column<Row>[] = [
    { key: "rank", title: t("nth"), align: "right" },
    { key: "label", title: t("brokeAt"), wrap: true, cell: (row) => stepWords(txt(row, "label"), names) },
    ...(by ? [{ key: "value", title: t("forWhom"), cell: (row: Row) => value(row["value"] === null ? null : txt(row, "value")) }] : []),
    { key: "journeys", title: t("cameBy"), align: "right", cell: (row) => format.whole(num(row, "journeys")) },
    { key: "broke", title: t("brokeOff"), align: "right", cell: (row) => format.whole(num(row, "broke")) },
    { key: "rate", title: t("share"), align: "right", cell: (row) => format.percent(num(row, "rate")) },
    { key: "won_rate", title: t("wonRate"), align: "right", cell: (row) => format.percent(num(row, "won_rate")) },
    { key: "cost", title: t("costUpTo"), align: "right", cell: (row) => <Bar tone="bad" share={(num(row, "cost") ?? 0) / most}>{format.moneyShort(num(row, "cost"))}</Bar> },
  ];
  return (
    <Sorted
      columns={columns}
      rows={rows}
      label={t("breaks")}
      name="breaks"
      limit={20}
      onOpen={pick ? (row) => pick({ break: row["label"] ?? null, ...(by ? { value: row["value"] ?? null } : {}) }) : undefined}
    />
  );
}
