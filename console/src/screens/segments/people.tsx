/** Who fits the rule: members with why, how they differ, where they overlap. */
import { Button, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, download } from "../../api";
import { useMay } from "../../api/me";
import { Answer, type Column, DataTable, Empty, Go, Panel, sayError, type Sort, useFormat, useLang, useWords } from "../../ui";
import type { Json } from "./tree";
import { words } from "./words";

type Row = Record<string, Json>;
const LIMIT = 10;

function useAsked<T>(what: string, where: Json, more: Record<string, Json> = {}) {
  const lang = useLang();
  return useQuery({
    queryKey: ["rule", what, JSON.stringify(where), JSON.stringify(more), lang],
    queryFn: ({ signal }) => api.post<T>(`/v1/rules/${what}`, { where, ...more }, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function Members({ where, total, name }: { where: Json; total: number | null; name: string }) {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const [offset, go] = useState(0);
  const query = useAsked<Row[]>("sample", where, { limit: LIMIT, offset, reasons: false });
  // Who is there at once; why takes a moment longer, since every condition is asked of each.
  const explained = useAsked<Row[]>("sample", where, { limit: LIMIT, offset, reasons: true });
  const because = new Map((explained.data ?? []).map((row) => [row["customer_id"], String(row["why"] ?? "")]));
  const columns: Column<Row>[] = [
    { key: "customer_id", title: t("customer"), cell: (row) => <Go to={`/customers/C${row["customer_id"]}`}>C{String(row["customer_id"])}</Go>, value: (row) => `C${row["customer_id"]}` },
    { key: "stage", title: t("stage") },
    { key: "orders", title: t("orders"), align: "right", cell: (row) => format.whole(row["orders"] as number | null) },
    { key: "revenue", title: t("revenue"), align: "right", cell: (row) => format.moneyShort(row["revenue"] as number | null) },
    { key: "last_order_at", title: t("lastOrder"), cell: (row) => format.date(row["last_order_at"] as string | null) },
    { key: "why", title: t("why"), wrap: true, cell: (row) => <Text size="xs" lineClamp={3} miw={260}>{because.get(row["customer_id"] ?? null) ?? "…"}</Text>, value: (row) => because.get(row["customer_id"] ?? null) ?? "" },
  ];
  const save = () => void download("POST", "/v1/rules/members.csv", `${name || "members"}.csv`, { where }).catch(sayError);
  const tools = may("export") && (
    <Button variant="subtle" color="gray" leftSection={<IconDownload size={14} />} onClick={save}>
      {t("exportMembers")}
    </Button>
  );
  return (
    <Panel title={t("membersLabel")} flush>
      <Answer query={query} height={320} empty={(rows) => rows.length === 0 && offset === 0 && <Empty height={320} why={t("noMembers")} hint={t("noMembersHint")} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(row) => String(row["customer_id"])} label={t("membersLabel")} page={{ offset, limit: LIMIT, of: total, go }} tools={tools} />}
      </Answer>
    </Panel>
  );
}

export function Differ({ where }: { where: Json }) {
  const t = useWords(words);
  const format = useFormat();
  const query = useAsked<Row[]>("differ", where, { limit: 25 });
  const columns: Column<Row>[] = [
    { key: "says", title: t("trait"), wrap: true },
    { key: "difference", title: t("difference"), align: "right", cell: (row) => shown(row, "difference", format) },
    { key: "low", title: t("interval"), align: "right", cell: (row) => `${shown(row, "low", format)} … ${shown(row, "high", format)}` },
    { key: "effect", title: t("effect"), align: "right", cell: (row) => <span title={t("effectSays")}>{format.signed(row["effect"] as number)}</span> },
  ];
  return (
    <Panel title={t("differLabel")} flush>
      <Answer query={query} height={320} empty={(rows) => rows.length === 0 && <Empty height={320} why={t("noDiffer")} hint={t("noDifferHint")} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(row) => `${row["trait"]}-${row["value"]}`} label={t("differLabel")} csvName="differences" />}
      </Answer>
    </Panel>
  );
}

function shown(row: Row, side: "difference" | "low" | "high", format: ReturnType<typeof useFormat>): string {
  const value = row[side] as number | null;
  return row["kind"] === "share" ? format.signedPercent(value) : format.signed(value);
}

type Shared = { segment: string; says: string; size: number; shared: number };

export function Overlap({ where, name, count }: { where: Json; name: string; count: number }) {
  const t = useWords(words);
  const format = useFormat();
  const [sort, setSort] = useState<Sort | null>({ by: "shared", down: true });
  const query = useAsked<Shared[]>("overlap", where);
  const columns: Column<Shared>[] = [
    { key: "says", title: t("segment"), cell: (row) => <Go to={`/segments/${encodeURIComponent(row.segment)}`}>{row.says}</Go> },
    { key: "size", title: t("size"), align: "right", cell: (row) => format.whole(row.size) },
    { key: "shared", title: t("shared"), align: "right", cell: (row) => format.whole(row.shared) },
    { key: "ofThese", title: t("ofThese"), align: "right", sortable: false, cell: (row) => format.percent(count ? row.shared / count : 0), value: (row) => (count ? row.shared / count : 0) },
    { key: "ofThose", title: t("ofThose"), align: "right", sortable: false, cell: (row) => format.percent(row.size ? row.shared / row.size : 0), value: (row) => (row.size ? row.shared / row.size : 0) },
  ];
  const order = (rows: readonly Shared[]) =>
    rows
      .filter((row) => row.segment !== name)
      .toSorted((a, b) => {
        const by = (sort?.by ?? "shared") as keyof Shared;
        const found = typeof a[by] === "number" ? Number(a[by]) - Number(b[by]) : String(a[by]).localeCompare(String(b[by]));
        return sort?.down ? -found : found;
      });
  return (
    <Panel title={t("overlapLabel")} flush>
      <Answer query={query} height={320} empty={(rows) => order(rows).length === 0 && <Empty height={320} why={t("noOverlap")} />}>
        {(rows) => <DataTable columns={columns} rows={order(rows)} rowKey={(row) => row.segment} label={t("overlapLabel")} sort={sort} onSort={setSort} csvName="overlap" />}
      </Answer>
    </Panel>
  );
}
