import { Button, Menu, TextInput } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { type FormEvent, useMemo, useRef, useState } from "react";

import { download, useMay } from "../../api";
import { Answer, type Column, DataTable, Empty, Explanation, type Format, Go, Page, Pills, sayError, useFormat, useGo, useKeys, useView, useWords } from "../../ui";
import { type ColumnInfo, type Listed, type Row, useList } from "./data";
import { words } from "./words";

const LIMIT = 50;

/** Everyone, with columns of choice. What was searched for is in memory only: identifiers never stand in an address. */
export default function List() {
  const t = useWords(words);
  const go = useGo();
  const format = useFormat();
  const [view, set] = useView();
  const [value, setValue] = useState("");
  const columns = useMemo(() => (view["columns"] ?? "").split(",").filter(Boolean), [view]);
  const offset = Math.max(0, Number(view["offset"] ?? 0) || 0);
  const segment = view["segment"] ?? "";
  const query = useList({ columns, order: view["order"] ?? "", segment, value, offset, limit: LIMIT });
  const narrow = (found: string) => {
    setValue(found);
    set({ offset: null });
  };
  const pills = [
    ...(segment ? [{ id: "segment", says: t("inSegment", { name: segment }), remove: () => set({ segment: null, offset: null }) }] : []),
    ...(value ? [{ id: "value", says: t("foundBy"), remove: () => narrow("") }] : []),
  ];
  return (
    <Page title={t("title")} says={t("says")} actions={<Export columns={columns} order={view["order"] ?? ""} segment={segment} value={value} />}>
      <Find find={narrow} />
      {pills.length > 0 && (
        <div style={{ marginBottom: 10 }}>
          <Pills pills={pills} />
        </div>
      )}
      <div className="panel">
        <Answer query={query} height={420} empty={(data) => data.rows.length === 0 && <Nobody value={value} segment={segment} offset={offset} />}>
          {(data) => (
            <DataTable<Row>
              label={t("title")}
              columns={shown(data, t("customer"), format)}
              rows={data.rows}
              rowKey={(row) => row.customer}
              onOpen={(row) => go(`/customers/${row.customer}`)}
              sort={view["order"] ? { by: view["order"].replace(/^-/, ""), down: view["order"].startsWith("-") } : null}
              onSort={(sort) => set({ order: sort ? `${sort.down ? "-" : ""}${sort.by}` : null, offset: null })}
              choice={{
                all: data.choice.map((c) => ({ key: c.column, title: c.says, group: c.family ? t(c.family) : "" })),
                chosen: data.columns.map((c) => c.column),
                set: (chosen) => set({ columns: chosen.join(",") || null }, { replace: true }),
              }}
              page={{ offset, limit: LIMIT, of: data.of, go: (next) => set({ offset: next || null }) }}
            />
          )}
        </Answer>
      </div>
      {query.data && (
        <details style={{ marginTop: 12 }}>
          <summary style={{ fontSize: 12, color: "var(--mantine-color-dimmed)", cursor: "pointer" }}>{t("listMeans")}</summary>
          <Explanation means={t("listMeans")} asOf={query.data.as_of} query={query.data.query} />
        </details>
      )}
    </Page>
  );
}

const NUMBERS = ["int64", "float64", "money"];

/** Numbers without their unit, which is the column's; words as people say them. */
function told(column: ColumnInfo, row: Row, format: Format): string {
  const value = row.values[column.column];
  if (value === null || value === undefined) return "–";
  if (column.type === "timestamp") return format.date(String(value));
  if (column.unit === "share") return format.percent(Number(value));
  if (column.type === "money" || column.unit === "money") return format.money(Number(value));
  if (NUMBERS.includes(column.type) && column.unit !== "year") return format.number(Number(value));
  return row.words[column.column] ?? String(value);
}

function shown(data: Listed, customer: string, format: Format): Column<Row>[] {
  return [
    {
      key: "customer_id",
      title: customer,
      cell: (row) => <Go to={`/customers/${row.customer}`}>{row.customer}</Go>,
      value: (row) => row.customer,
    },
    ...data.columns.map(
      (column): Column<Row> => ({
        key: column.column,
        title: column.says,
        align: NUMBERS.includes(column.type) ? "right" : "left",
        cell: (row) => told(column, row, format),
        value: (row) => row.values[column.column],
      }),
    ),
  ];
}

function Find({ find }: { find: (value: string) => void }) {
  const t = useWords(words);
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  useKeys([{ key: "/", says: t("find"), run: () => field.current?.focus() }]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find(text.trim());
  };
  return (
    <form onSubmit={submit} role="search" style={{ display: "flex", gap: 8, maxWidth: 560, marginBottom: 12 }}>
      <TextInput
        ref={field}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        placeholder={t("find")}
        aria-label={t("find")}
        leftSection={<IconSearch size={14} />}
        autoComplete="off"
        maxLength={500}
        style={{ flex: 1 }}
      />
      <Button type="submit" variant="default">
        {t("findButton")}
      </Button>
    </form>
  );
}

function Nobody({ value, segment, offset }: { value: string; segment: string; offset: number }) {
  const t = useWords(words);
  if (value) return <Empty why={t("nobody")} hint={t("nobodyHint")} />;
  if (segment || offset) return <Empty why={t("notIn")} action={<Go to="/customers">{t("all")}</Go>} />;
  return <Empty why={t("none")} hint={t("noneHint")} action={<Go to="/sources/import">{t("toImport")}</Go>} />;
}

function Export(asked: { columns: string[]; order: string; segment: string; value: string }) {
  const t = useWords(words);
  const may = useMay();
  if (!may("export")) return null;
  const save = (format: "csv" | "parquet") => download("POST", "/v1/customers/export", `customers.${format}`, { ...asked, format }).catch(sayError);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={14} />}>
          {t("export")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save("csv")}>{t("exportCsv")}</Menu.Item>
        <Menu.Item onClick={() => void save("parquet")}>{t("exportParquet")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
