/** Who buys where, in how many places, and who moved between them since the stretch before. */
import { useMemo } from "react";

import { Chart, type Column, Panel, useFormat, useWords } from "../../../ui";
import type { Row } from "../asking";
import { withField } from "../editor/condition";
import { useNames } from "../editor/names";
import { Bar, Narrow, num, type PictureProps, rowsOf, Sorted, txt, useInk } from "./kit";
import styles from "./pictures.module.css";
import { sankey } from "./sankey";
import { words } from "./words";

export default function Channels({ answered, question, ask, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const ink = useInk();
  const format = useFormat();
  const names = useNames();
  const field = txt(answered.question, "channel") || "channel";
  const channels = rowsOf(answered, "channels");
  const moves = rowsOf(answered, "moves");
  const everyone = Math.max(1, num(answered.facts, "customers") ?? 1);
  const named = (name: string) => (name === "(others)" ? t("others") : name === "(none)" ? t("noChannel") : names(`property:${field}=${name}`));
  const side = (name: string) => (name === "online" ? t("online") : name === "offline" ? t("offline") : t("both"));
  const place = (value: unknown, then: boolean) => (value === null || value === undefined ? (then ? t("notThen") : t("notNow")) : named(String(value)));
  const flow = useMemo(
    () =>
      sankey(
        moves
          .filter((row) => row["source"] !== null || row["target"] !== null)
          .map((row) => ({ from: `0 ${txt(row, "source")}`, to: `1 ${txt(row, "target")}`, n: num(row, "customers") ?? 0 })),
        (key) => place(key.slice(2) === "" ? null : key.slice(2), key.startsWith("0")),
        (n) => t("customersN", { n }),
        ink,
      ),
    // named and place change with the language alone
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [moves, t, names, ink],
  );
  const columns: Column<Row>[] = [
    { key: "channel", title: t("channel"), cell: (row) => <Narrow says={named(txt(row, "channel"))} onNarrow={small || txt(row, "channel").startsWith("(") ? undefined : () => ask(withField(question, field, txt(row, "channel")))} />, value: (row) => named(txt(row, "channel")) },
    { key: "side", title: t("side"), cell: (row) => side(txt(row, "side")) },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => <Bar share={(num(row, "customers") ?? 0) / everyone}>{format.whole(num(row, "customers"))}</Bar> },
    { key: "only_here", title: t("onlyHere"), align: "right", cell: (row) => format.percent((num(row, "only_here") ?? 0) / Math.max(1, num(row, "customers") ?? 1)), value: (row) => (num(row, "only_here") ?? 0) / Math.max(1, num(row, "customers") ?? 1) },
    { key: "orders", title: t("orders"), align: "right", cell: (row) => format.whole(num(row, "orders")) },
    { key: "revenue", title: t("revenue"), align: "right", cell: (row) => format.moneyShort(num(row, "revenue")) },
  ];
  const sets: Column<Row>[] = [
    { key: "channels", title: t("boughtIn"), wrap: true, cell: (row) => channelsOf(row).map(named).join(" + "), value: (row) => channelsOf(row).join(" + ") },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => <Bar share={(num(row, "customers") ?? 0) / everyone}>{format.whole(num(row, "customers"))}</Bar> },
    { key: "revenue", title: t("revenue"), align: "right", cell: (row) => format.moneyShort(num(row, "revenue")) },
    { key: "each", title: t("perCustomer"), align: "right", cell: (row) => format.moneyShort(each(row)), value: each },
  ];
  const table = <Sorted columns={small ? columns.slice(0, 4) : columns} rows={channels} label={t("channels")} name={small ? "" : "channels"} onOpen={pick ? (row) => pick({ channel: row["channel"] ?? null }) : undefined} />;
  if (small) return table;
  return (
    <>
      <dl className={styles["figures"]}>
        {rowsOf(answered, "sides").map((row) => (
          <div key={txt(row, "side")}>
            <dt>{txt(row, "side") === "both" ? t("both") : t("onlySide", { side: side(txt(row, "side")) })}</dt>
            <dd>
              {format.whole(num(row, "customers"))}{" "}
              <small className={styles["quiet"]}>{t("eachSpent", { amount: format.moneyShort(num(row, "revenue_a_customer")) })}</small>
            </dd>
          </div>
        ))}
      </dl>
      <Panel flush title={t("channels")}>
        {table}
      </Panel>
      <Panel title={t("moves")}>
        <Chart option={flow} height={Math.min(420, 120 + channels.length * 40)} label={t("movesLabel")} name="channel-moves" table={{ columns: moveColumns(t), rows: moves.map((row) => ({ source: place(row["source"], true), target: place(row["target"], false), customers: num(row, "customers") })) }} {...(pick ? { onPick: ({ data }) => move(data, pick) } : {})} />
      </Panel>
      <Panel flush title={t("sets")}>
        <Sorted columns={sets} rows={rowsOf(answered, "sets")} label={t("sets")} name="channel-sets" limit={12} onOpen={pick ? (row) => pick({ channels: row["channels"] ?? [] }) : undefined} />
      </Panel>
    </>
  );
}

const each = (row: Row): number | null => {
  const customers = num(row, "customers");
  return customers ? (num(row, "revenue") ?? 0) / customers : null;
};

const channelsOf = (row: Row): string[] => (Array.isArray(row["channels"]) ? row["channels"].map(String) : []);

const moveColumns = (t: (key: "fromChannel" | "toChannel" | "customers") => string) => [
  { key: "source", title: t("fromChannel") },
  { key: "target", title: t("toChannel") },
  { key: "customers", title: t("customers"), align: "right" as const },
];

function move(data: unknown, pick: (cell: Row) => void): void {
  const { source, target } = (data ?? {}) as { source?: unknown; target?: unknown };
  if (typeof source !== "string" || typeof target !== "string") return;
  pick({ source: source.slice(2) || null, target: target.slice(2) || null });
}
