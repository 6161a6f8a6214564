/** One pinned answer: its picture in small, its five states at one height, and what can be done with it. */
import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconDots, IconGripVertical } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { CatchBoundary } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, type ReactNode, Suspense, useRef } from "react";

import { useMay } from "../../api";
import { Answer, Empty, Go, savePicture, sayError, useFormat, useWords, Waiting } from "../../ui";
import type { Tile as TileOf } from "../understand/boards";
import { type Answered, saveFile } from "../understand/asking";
import { isKind } from "../understand/kinds";
import { PICTURES } from "../understand/pictures";
import { address, type Question } from "../understand/question";
import styles from "./dashboards.module.css";
import { ROW, WIDE } from "./layout";
import { words } from "./words";

type Placed = Pick<TileOf, "id" | "title" | "note" | "w" | "h">;
type Hidden = Answered & { hidden?: number };

export type Arrange = {
  dragged: string | null;
  onDrag: (id: string | null) => void;
  onDrop: (onto: string) => void;
  onKey: (id: string, event: KeyboardEvent) => void;
  /** Columns and rows as a hand draws them; null once it let go, or was taken away. */
  onDraw: (id: string, size: { w: number; h: number } | null) => void;
};

type TileProps = {
  tile: Placed;
  query: UseQueryResult<Hidden>;
  /** The question as it is asked here; none where only the answer may be seen (a shared link). */
  question?: Question | undefined;
  arrange?: Arrange | undefined;
  menu?: ReactNode;
};

export function Tile({ tile, query, question, arrange, menu }: TileProps) {
  const t = useWords(words);
  const format = useFormat();
  const body = useRef<HTMLDivElement>(null);
  const title = tile.title || query.data?.says || "…";
  const height = tile.h * ROW - 62;
  const kind = typeof question?.["kind"] === "string" ? question["kind"] : undefined;
  const link = question && kind ? address(kind, Object.fromEntries(Object.entries(question).filter(([name]) => name !== "kind"))) : undefined;
  const tables = Object.keys(query.data?.data ?? {}).filter((name) => (query.data?.data[name]?.length ?? 0) > 0);
  return (
    <section
      className={styles["tile"]}
      style={{ gridColumn: `span ${tile.w}`, gridRow: `span ${tile.h}` }}
      aria-label={title}
      data-dragged={arrange?.dragged === tile.id || undefined}
      {...(arrange
        ? {
            onDragOver: (event) => event.preventDefault(),
            onDrop: (event) => {
              event.preventDefault();
              arrange.onDrop(tile.id);
            },
          }
        : {})}
    >
      <header>
        {arrange && (
          <button
            type="button"
            className={styles["handle"]}
            draggable
            aria-label={t("dragHandle", { title })}
            title={t("dragHandle", { title })}
            onDragStart={(event) => {
              event.dataTransfer.setData("text/plain", title); // without it Firefox drags nothing
              event.dataTransfer.effectAllowed = "move";
              arrange.onDrag(tile.id);
            }}
            onDragEnd={() => arrange.onDrag(null)}
            onKeyDown={(event) => arrange.onKey(tile.id, event)}
          >
            <IconGripVertical size={14} />
          </button>
        )}
        <h2>
          {link ? (
            <Go to={link} title={t("openAnswer", { title })}>
              {title}
            </Go>
          ) : (
            title
          )}
        </h2>
        {question && kind && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon size={24} aria-label={t("tileMenu", { title })}>
                <IconDots size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {menu}
              <Menu.Item onClick={() => void savePicture(body.current, title)}>{t("exportPng")}</Menu.Item>
              <Files kind={kind} question={question} tables={tables} />
            </Menu.Dropdown>
          </Menu>
        )}
      </header>
      <div ref={body} className={styles["body"]} style={{ height }} tabIndex={0} role="group" aria-label={title}>
        <Answer
          query={query}
          height={height - 8}
          empty={(data) => (Object.values(data.data).every((rows) => rows.length === 0) ? <Empty why={t("emptyTile")} height={height - 8} /> : null)}
          partial={(data) => (data.hidden ? t("hidden", { n: data.hidden }) : null)}
        >
          {(data) => (
            <CatchBoundary getResetKey={() => data.as_of} errorComponent={() => <Empty why={t("brokenTile")} height={height - 8} />}>
              <Small answered={data} question={question ?? {}} tall={height - 8 - (data.hidden ? 30 : 0)} />
            </CatchBoundary>
          )}
        </Answer>
      </div>
      <footer>
        <Text size="xs" c="dimmed" truncate>
          {tile.note ? `${tile.note} · ` : ""}
          {query.data ? t("asOf", { at: format.moment(query.data.as_of) }) : " "}
        </Text>
      </footer>
      {arrange && <Corner tile={tile} onDraw={arrange.onDraw} />}
    </section>
  );
}

/** Its tables as files, for whoever may take rows away. */
function Files({ kind, question, tables }: { kind: string; question: Question; tables: readonly string[] }) {
  const t = useWords(words);
  const may = useMay();
  if (!may("export")) return null;
  return (["csv", "parquet"] as const).map((format) =>
    tables.map((name) => (
      <Menu.Item key={`${format}-${name}`} onClick={() => void saveFile(kind, question, format, name).catch(sayError)}>
        {t(format === "csv" ? "exportCsv" : "exportParquet", { table: name })}
      </Menu.Item>
    )),
  );
}

/** The corner that a mouse draws a tile larger or smaller by; keys do it on the handle. */
function Corner({ tile, onDraw }: { tile: Placed; onDraw: Arrange["onDraw"] }) {
  const t = useWords(words);
  const from = useRef<{ x: number; y: number; column: number } | null>(null);
  const begin = (event: PointerEvent<HTMLElement>) => {
    const grid = event.currentTarget.parentElement?.parentElement;
    if (!grid) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const gap = Number.parseFloat(getComputedStyle(grid).columnGap) || 0;
    from.current = { x: event.clientX - tile.w * ((grid.clientWidth + gap) / WIDE), y: event.clientY - tile.h * ROW, column: (grid.clientWidth + gap) / WIDE };
  };
  const draw = (event: PointerEvent) => {
    const at = from.current;
    if (at) onDraw(tile.id, { w: (event.clientX - at.x) / at.column, h: (event.clientY - at.y) / ROW });
  };
  const end = () => {
    if (from.current) onDraw(tile.id, null);
    from.current = null;
  };
  return <span className={styles["corner"]} data-no-picture aria-hidden title={t("resize")} onPointerDown={begin} onPointerMove={draw} onPointerUp={end} onPointerCancel={end} />;
}

const nothing = () => undefined;

function Small({ answered, question, tall }: { answered: Answered; question: Question; tall: number }) {
  const { kind } = answered;
  if (!isKind(kind) || kind === "replays") return null;
  const Picture = PICTURES[kind];
  // a shared answer brings no question: pictures read it as one that says nothing
  const whole = { ...answered, question: answered.question ?? {} };
  return (
    <Suspense fallback={<Waiting height={160} />}>
      <Picture answered={whole} question={question} ask={nothing} small tall={tall} />
    </Suspense>
  );
}
