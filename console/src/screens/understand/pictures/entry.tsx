/** First purchases and how many came again: each against everybody, with its interval. */
import { Panel, type Column, useFormat, useWords } from "../../../ui";
import type { Row } from "../asking";
import { Sure } from "./affinity";
import { Bar, num, type PictureProps, rowsOf, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { words } from "./words";

export default function Entry({ answered, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const rows = rowsOf(answered, "entries");
  const facts = answered.facts;
  const columns: Column<Row>[] = [
    { key: "entry", title: t("firstBought"), wrap: true, cell: (row) => txt(row, "entry") || t("unknownValue") },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => format.whole(num(row, "customers")) },
    { key: "rate", title: t("cameAgain"), align: "right", cell: (row) => <Bar share={num(row, "rate") ?? 0}>{format.percent(num(row, "rate"))}</Bar> },
    { key: "low", title: t("interval"), align: "right", cell: (row) => (num(row, "low") === null ? "–" : `${format.percent(num(row, "low"))}–${format.percent(num(row, "high"))}`) },
    { key: "against", title: t("againstAll"), align: "right", cell: (row) => <Points share={num(row, "against")} /> },
    { key: "days_to_second", title: t("daysToSecond"), align: "right", cell: (row) => format.number(num(row, "days_to_second")) },
    { key: "value", title: t("valueEach"), align: "right", cell: (row) => format.moneyShort(num(row, "value")) },
    { key: "sure", title: t("sure"), cell: (row) => <Sure word={txt(row, "sure")} /> },
  ];
  return (
    <>
      <dl className={styles["figures"]}>
        <div>
          <dt>{t("firstTimers")}</dt>
          <dd>{format.whole(num(facts, "customers"))}</dd>
        </div>
        <div>
          <dt>{t("cameAgainWithin", { n: num(facts, "within_days") ?? 0 })}</dt>
          <dd>
            {format.percent(num(facts, "rate"))} <small className={styles["quiet"]}>{t("ofKnown", { n: num(facts, "ripe") ?? 0 })}</small>
          </dd>
        </div>
      </dl>
      <Panel flush title={small ? undefined : t("entries")} saves={small ? undefined : "first-purchase"}>
        <Sorted
          columns={small ? columns.slice(0, 3) : columns}
          rows={small ? rows.slice(0, 8) : rows}
          label={t("entries")}
          name={small ? "" : "entry"}
          onOpen={pick ? (row) => pick({ entry: row["entry"] ?? null, repeated: false }) : undefined}
        />
      </Panel>
    </>
  );
}

/** A difference of shares in points, with its sign. */
export function Points({ share }: { share: number | null }) {
  const t = useWords(words);
  const format = useFormat();
  if (share === null) return <>–</>;
  const tone = share > 0 ? styles["up"] : share < 0 ? styles["down"] : styles["quiet"];
  return <span className={tone}>{t("points", { n: format.signed(share * 100) })}</span>;
}
