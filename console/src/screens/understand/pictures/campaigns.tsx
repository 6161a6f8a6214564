/** Campaigns: reached, redeemed, spend during against before. Not lift, and it says so first. */
import { Badge, Group, Tooltip } from "@mantine/core";

import { type Column, Panel, useFormat, useWords } from "../../../ui";
import type { Row } from "../asking";
import { Bar, num, type PictureProps, rowsOf, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { words } from "./words";

export default function Campaigns({ answered, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const rows = rowsOf(answered, "campaigns");
  const most = Math.max(0.0001, ...rows.map((row) => num(row, "rate") ?? 0));
  const columns: Column<Row>[] = [
    {
      key: "campaign",
      title: t("campaign"),
      cell: (row) => (
        <Group gap={6} wrap="nowrap">
          {txt(row, "campaign")} {txt(row, "type") && <Badge color="dark">{txt(row, "type")}</Badge>}{" "}
          {row["cut"] === true && (
            <Tooltip label={t("cutHint")}>
              <Badge variant="outline" color="dark" tabIndex={0}>
                {t("cut")}
              </Badge>
            </Tooltip>
          )}
        </Group>
      ),
    },
    { key: "starts", title: t("ran"), cell: (row) => `${format.date(txt(row, "starts"))} – ${format.date(txt(row, "ends"))}` },
    { key: "reached", title: t("reached"), align: "right", cell: (row) => format.whole(num(row, "reached")) },
    { key: "rate", title: t("redeemed"), align: "right", cell: (row) => <Bar share={(num(row, "rate") ?? 0) / most}>{`${format.whole(num(row, "redeemers"))} · ${format.percent(num(row, "rate"))}`}</Bar> },
    { key: "low", title: t("interval"), align: "right", cell: (row) => (num(row, "low") === null ? "–" : `${format.percent(num(row, "low"))}–${format.percent(num(row, "high"))}`) },
    { key: "spend_before", title: t("spendBefore"), align: "right", cell: (row) => format.money(num(row, "spend_before")) },
    { key: "spend_during", title: t("spendDuring"), align: "right", cell: (row) => format.money(num(row, "spend_during")) },
    { key: "change", title: t("difference"), align: "right", cell: (row) => <Amount value={num(row, "change")} /> },
    { key: "others_during", title: t("othersChange"), align: "right", cell: (row) => <Amount value={othersOf(row)} />, value: othersOf },
  ];
  const chosen = small ? [0, 2, 3, 7].map((n) => columns[n]).filter((one): one is Column<Row> => one !== undefined) : columns;
  const table = (
    <Sorted
      columns={chosen}
      rows={small ? rows.slice(-8) : rows}
      label={t("campaigns")}
      name={small ? "" : "campaigns"}
      onOpen={pick ? (row) => pick({ campaign: row["campaign"] ?? null, redeemed: false }) : undefined}
    />
  );
  if (small) return table;
  return (
    <>
      <p className={styles["warning"]}>{t("campaignWarning")}</p>
      <Panel flush title={t("campaigns")} saves="campaigns">
        {table}
      </Panel>
    </>
  );
}

const othersOf = (row: Row): number | null => {
  const [before, during] = [num(row, "others_before"), num(row, "others_during")];
  return before === null || during === null ? null : during - before;
};

function Amount({ value }: { value: number | null }) {
  const format = useFormat();
  if (value === null) return <>–</>;
  const tone = value > 0 ? styles["up"] : value < 0 ? styles["down"] : styles["quiet"];
  return (
    <span className={tone}>
      {value > 0 ? "+" : ""}
      {format.money(value)}
    </span>
  );
}
