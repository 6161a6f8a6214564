/** What pictures are made of: rows read safely, a table that sorts itself, a bar with its label over it. */
import { useComputedColorScheme } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";

import { type Column, DataTable, type Sort } from "../../../ui";
import type { Answered, Row } from "../asking";
import type { Question } from "../question";
import styles from "./pictures.module.css";

export type PictureProps = {
  answered: Answered;
  /** The question as it was asked, and how to ask another. */
  question: Question;
  ask: (next: Question) => void;
  /** Who is behind this row of the answer? Undefined where nobody may know (a shared dashboard). */
  pick?: ((cell: Row) => void) | undefined;
  /** A tile of a dashboard: no table, no asides. */
  small?: boolean;
  /** Pixels a tile has for its picture. */
  tall?: number;
};

export const rowsOf = (answered: Answered, table: string): Row[] => answered.data[table] ?? [];

/** A number of a row; null where there is none. */
export function num(row: Row | undefined, name: string): number | null {
  const value = row?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function txt(row: Row | undefined, name: string): string {
  const value = row?.[name];
  return value === null || value === undefined ? "" : String(value);
}

/** The distinct texts of a column in their order. */
export const distinct = (rows: readonly Row[], name: string): string[] => [...new Set(rows.map((row) => txt(row, name)))];

const compared = (a: unknown, b: unknown): number => {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
};

type SortedProps = {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  label: string;
  name: string;
  onOpen?: ((row: Row) => void) | undefined;
  limit?: number;
  start?: Sort | null;
  tools?: ReactNode;
};

/** Sorts what is here, page by page. */
export function Sorted({ columns, rows, label, name, onOpen, limit = 50, start = null, tools }: SortedProps) {
  const [sort, setSort] = useState<Sort | null>(start);
  const [offset, setOffset] = useState(0);
  const sorted = useMemo(() => {
    const column = columns.find((one) => one.key === sort?.by);
    if (!sort || !column) return rows;
    const value = (row: Row) => (column.value ? column.value(row) : row[column.key]);
    return [...rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const missing = x === null || x === undefined || y === null || y === undefined;
      return missing || !sort.down ? compared(x, y) : compared(y, x);
    });
  }, [columns, rows, sort]);
  const from = offset < sorted.length ? offset : 0;
  return (
    <DataTable
      columns={columns}
      rows={sorted.slice(from, from + limit)}
      rowKey={(row) => JSON.stringify(row)}
      label={label}
      sort={sort}
      onSort={(next) => {
        setSort(next);
        setOffset(0);
      }}
      csvName={name}
      {...(onOpen ? { onOpen } : {})}
      {...(tools ? { tools } : {})}
      {...(rows.length > limit ? { page: { offset: from, limit, of: sorted.length, go: setOffset } } : {})}
    />
  );
}

/** A value that narrows the question to itself when it is clicked. */
export function Narrow({ says, onNarrow }: { says: string; onNarrow: (() => void) | undefined }) {
  if (!onNarrow) return <>{says}</>;
  return (
    <button
      type="button"
      className={styles["narrow"]}
      onClick={(event) => {
        event.stopPropagation();
        onNarrow();
      }}
    >
      {says}
    </button>
  );
}

/** A bar behind a number; `share` 0 to 1. */
export function Bar({ share, children, tone = "accent" }: { share: number; children: ReactNode; tone?: "accent" | "quiet" | "bad" }) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <span className={styles["bar"]} data-tone={tone}>
      <i style={{ width }} aria-hidden />
      <b>{children}</b>
    </span>
  );
}

/** The colour of words in a picture, which CSS does not reach. */
export const useInk = (): string => (useComputedColorScheme("light") === "dark" ? "#d5dbe1" : "#2a323a");

/** How hot a cell is: 0 to 1 of the table's hottest colour, on which words stay legible in both schemes. */
export const shade = (share: number): { background: string } => ({
  background: `color-mix(in srgb, var(--hot) ${Math.round(Math.max(0, Math.min(1, share)) * 100)}%, transparent)`,
});

/** What a step or place is called: the words of the events in it ("Order Completed, Order Cancelled"). */
export const stepWords = (label: string, names: (name: string) => string): string =>
  label
    .split(", ")
    .map((one) => names(`event:${one}`))
    .join(", ");
