/** A table as marketers know it: 32 px rows, numbers to the right, sorted by its heads, opened by Enter, saved as CSV. */
import { ActionIcon, Button, Checkbox, Group, Menu, Text, Tooltip } from "@mantine/core";
import { IconColumns3, IconDownload } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { saveAs } from "../api/client";
import { useMay } from "../api/me";
import { csv } from "./csv";
import { useFormat } from "./format";
import { words } from "./parts.words";
import { useWords } from "./words";

export type Column<Row> = {
  key: string;
  title: string;
  align?: "left" | "right";
  /** How a cell looks; the row's own value under `key` without. */
  cell?: (row: Row) => ReactNode;
  /** What a CSV has and what sorting here compares. */
  value?: (row: Row) => string | number | boolean | null | undefined;
  sortable?: boolean;
  wrap?: boolean | "narrow";
  width?: number | string;
};

export type Sort = { by: string; down: boolean };

export type DataTableProps<Row> = {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** What the table is, for people who hear it. */
  label: string;
  /** Given: the caller sorts (the server does). Left out: heads sort what is here. */
  sort?: Sort | null;
  onSort?: (sort: Sort | null) => void;
  /** A row is opened by click and Enter. */
  onOpen?: (row: Row) => void;
  /** Columns to choose from; `columns` are those shown. */
  choice?: { all: readonly { key: string; title: string; group?: string }[]; chosen: readonly string[]; set: (chosen: string[]) => void };
  /** Pages: `of` is everything, or null where it is not known. */
  page?: { offset: number; limit: number; of: number | null; go: (offset: number) => void };
  /** Name of the CSV; no button without. `"server"` exports leave it out and bring a button of their own in `tools`. */
  csvName?: string;
  tools?: ReactNode;
};

const plain = <Row,>(column: Column<Row>, row: Row) =>
  column.value ? column.value(row) : ((row as Record<string, unknown>)[column.key] as string | number | null | undefined);

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowKey, label, sort, onSort, onOpen, choice, page, csvName, tools } = props;
  const t = useWords(words);
  const saves = useMay()("export") && csvName;
  const scrolled = useRef<HTMLDivElement>(null);
  const [wide, setWide] = useState(false);
  // What is wider than its place is moved by arrow keys, so it must be reachable
  useEffect(() => {
    const place = scrolled.current;
    if (!place) return undefined;
    const watch = new ResizeObserver(() => setWide(place.scrollWidth > place.clientWidth));
    watch.observe(place);
    return () => watch.disconnect();
  }, []);
  const turn = (column: Column<Row>) => {
    if (!onSort) return;
    const same = sort?.by === column.key;
    const first = column.align === "right";
    onSort(!same ? { by: column.key, down: first } : sort.down === first ? { by: column.key, down: !first } : null);
  };
  const save = () =>
    saveAs(
      new Blob([csv(columns.map((c) => c.title), rows.map((row) => columns.map((c) => plain(c, row))))], { type: "text/csv;charset=utf-8" }),
      `${csvName ?? "table"}.csv`,
    );
  return (
    <div>
      {(tools || saves || choice) && (
        <Group justify="flex-end" gap={6} px={8} pt={6} data-no-picture>
          {tools}
          {choice && <Columns {...choice} />}
          {saves && (
            <Tooltip label={t("csvSays")}>
              <Button variant="subtle" color="gray" leftSection={<IconDownload size={14} />} onClick={save}>
                {t("csv")}
              </Button>
            </Tooltip>
          )}
        </Group>
      )}
      <div className="table-scroll" ref={scrolled} tabIndex={wide ? 0 : -1}>
        <table className="data" aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} sort={sort ?? null} turn={onSort && column.sortable !== false ? turn : null} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={walk}>
            {rows.map((row, i) => (
              <tr
                key={rowKey(row)}
                data-opens={onOpen ? "" : undefined}
                tabIndex={onOpen ? (i === 0 ? 0 : -1) : undefined}
                onClick={onOpen ? () => opened(() => onOpen(row)) : undefined}
                onKeyDown={onOpen ? (event) => event.key === "Enter" && event.target === event.currentTarget && onOpen(row) : undefined}
              >
                {columns.map((column) => (
                  <td key={column.key} data-align={column.align} className={column.wrap === "narrow" ? "wrap-narrow" : column.wrap ? "wrap" : undefined}>
                    {column.cell ? column.cell(row) : (plain(column, row) ?? "–").toString()}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {page && <Pages {...page} shown={rows.length} />}
    </div>
  );
}

/** Not when a person was only marking text. */
function opened(open: () => void) {
  if (!globalThis.getSelection?.()?.toString()) open();
}

/** Arrow keys, j and k move between rows. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const row = event.target as HTMLElement;
  if (row.tagName !== "TR") return;
  const step = { ArrowDown: "nextElementSibling", j: "nextElementSibling", ArrowUp: "previousElementSibling", k: "previousElementSibling" }[event.key];
  const next = step ? (row as unknown as Record<string, unknown>)[step] : null;
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
}

function Head<Row>({ column, sort, turn }: { column: Column<Row>; sort: Sort | null; turn: ((column: Column<Row>) => void) | null }) {
  const t = useWords(words);
  const mine = sort?.by === column.key ? sort : null;
  if (!column.title) return <td style={column.width ? { width: column.width } : undefined} />; // a column of boxes or buttons
  const order = mine ? (mine.down ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" data-align={column.align} aria-sort={order} style={column.width ? { width: column.width } : undefined}>
      {turn ? (
        <button type="button" className="sorter" title={t("sortBy", { what: column.title })} onClick={() => turn(column)}>
          {column.title} <span aria-hidden="true">{mine ? (mine.down ? "↓" : "↑") : ""}</span>
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

function Columns({ all, chosen, set }: NonNullable<DataTableProps<unknown>["choice"]>) {
  const t = useWords(words);
  const groups = [...new Set(all.map((c) => c.group ?? ""))];
  const flip = (key: string) => set(chosen.includes(key) ? chosen.filter((c) => c !== key) : [...chosen, key]);
  return (
    <Menu closeOnItemClick={false} position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconColumns3 size={14} />}>
          {t("columns")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {groups.map((group) => (
          <div key={group}>
            {group && <Menu.Label>{group}</Menu.Label>}
            {all
              .filter((c) => (c.group ?? "") === group)
              .map((c) => (
                <Menu.Item
                  key={c.key}
                  role="menuitemcheckbox"
                  aria-checked={chosen.includes(c.key)}
                  leftSection={<Checkbox.Indicator checked={chosen.includes(c.key)} size="xs" />}
                  onClick={() => flip(c.key)}
                >
                  {c.title}
                </Menu.Item>
              ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Pages({ offset, limit, of, go, shown }: NonNullable<DataTableProps<unknown>["page"]> & { shown: number }) {
  const t = useWords(words);
  const format = useFormat();
  const from = shown ? offset + 1 : 0;
  const holes = { from: format.whole(from), to: format.whole(offset + shown) };
  const last = of === null ? shown < limit : offset + shown >= of;
  return (
    <Group justify="space-between" px={12} py={6} style={{ borderTop: "1px solid var(--line)" }}>
      <Text size="xs" c="dimmed" role="status">
        {of === null ? t("rowsOpen", holes) : t("rows", { ...holes, of: format.whole(of) })}
      </Text>
      <Group gap={4}>
        <ActionIcon data-no-picture aria-label={t("previous")} disabled={offset === 0} onClick={() => go(Math.max(0, offset - limit))}>
          ←
        </ActionIcon>
        <ActionIcon data-no-picture aria-label={t("next")} disabled={last} onClick={() => go(offset + limit)}>
          →
        </ActionIcon>
      </Group>
    </Group>
  );
}
