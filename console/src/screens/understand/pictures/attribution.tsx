/** Seven models side by side on one page, sortable, with what none of them can say above the numbers. */
import { SegmentedControl } from "@mantine/core";

import { type Column, Panel, useFormat, useView, useWords } from "../../../ui";
import type { Row } from "../asking";
import { Bar, num, type PictureProps, rowsOf, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { words } from "./words";

const MODELS = ["first", "last", "linear", "position", "decay", "markov", "shapley"] as const;

export default function Attribution({ answered, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const [view, setView] = useView();
  const money = view["in"] === "value";
  const rows = rowsOf(answered, "credit");
  const facts = answered.facts;
  const touch = (row: Row) => ({ "(none)": t("noTouch"), "(others)": t("others") })[txt(row, "touch")] ?? txt(row, "touch");
  const credit = (model: string) => (row: Row) => num(row, money ? `${model}_value` : model);
  // what no contact is known of would dwarf all bars
  const known = rows.filter((row) => txt(row, "touch") !== "(none)");
  const whole = Math.max(1, ...known.flatMap((row) => MODELS.map((model) => credit(model)(row) ?? 0)));
  const says = (n: number | null) => (money ? format.moneyShort(n) : format.number(n === null ? null : Math.round(n * 10) / 10));
  const models = small ? (["last", "linear", "markov"] as const) : MODELS;
  const columns: Column<Row>[] = [
    { key: "touch", title: t("touch"), wrap: true, cell: touch, value: touch },
    ...models.map((model): Column<Row> => ({
      key: model,
      title: t(`model_${model}`),
      align: "right",
      value: credit(model),
      cell: (row) => <Bar tone={txt(row, "touch") === "(none)" ? "quiet" : "accent"} share={(credit(model)(row) ?? 0) / whole}>{says(credit(model)(row))}</Bar>,
    })),
    ...(small ? [] : [{ key: "journeys", title: t("journeysMet"), align: "right" as const, cell: (row: Row) => format.whole(num(row, "journeys")) }]),
  ];
  const paths: Column<Row>[] = [
    { key: "path", title: t("pathOfTouches"), wrap: true, cell: (row) => pathOf(row).join(" → "), value: (row) => pathOf(row).join(" → ") },
    ...["journeys", "conversions", "value"]
      .filter((key) => rowsOf(answered, "paths").some((row) => key in row))
      .map((key): Column<Row> => ({
        key,
        title: t(key === "journeys" ? "journeys" : key === "conversions" ? "conversions" : "value_money"),
        align: "right",
        cell: (row) => (key === "value" ? format.moneyShort(num(row, key)) : format.whole(num(row, key))),
      })),
  ];
  const table = <Sorted columns={columns} rows={small ? rows.slice(0, 8) : rows} label={t("credit")} name={small ? "" : "attribution"} onOpen={pick ? (row) => pick({ touch: row["touch"] ?? null, converted: true }) : undefined} />;
  if (small) return table;
  return (
    <>
      <p className={styles["warning"]}>{t("attributionWarning")}</p>
      <dl className={styles["figures"]}>
        <div>
          <dt>{t("conversions")}</dt>
          <dd>{format.whole(num(facts, "conversions"))}</dd>
        </div>
        <div>
          <dt>{t("withTouch")}</dt>
          <dd>
            {format.whole(num(facts, "touched"))} <small className={styles["quiet"]}>{format.percent((num(facts, "touched") ?? 0) / Math.max(1, num(facts, "conversions") ?? 1))}</small>
          </dd>
        </div>
        <div>
          <dt>{t("value_money")}</dt>
          <dd>{format.moneyShort(num(facts, "value"))}</dd>
        </div>
      </dl>
      <Panel
        flush
        saves="attribution"
        title={t("credit")}
        right={
          <SegmentedControl
            aria-label={t("countedIn")}
            value={money ? "value" : "conversions"}
            onChange={(next) => setView({ in: next === "value" ? "value" : null }, { replace: true })}
            data={[
              { value: "conversions", label: t("conversions") },
              { value: "value", label: t("value_money") },
            ]}
          />
        }
      >
        {table}
      </Panel>
      <Panel flush title={t("paths")}>
        <Sorted columns={paths} rows={rowsOf(answered, "paths")} label={t("paths")} name="attribution-paths" limit={15} />
      </Panel>
    </>
  );
}

function pathOf(row: Row): string[] {
  const path = row["path"] ?? row["touches"];
  return Array.isArray(path) ? path.map(String) : [txt(row, "path")];
}
