/** A picture with its table: drawn by ECharts, loaded when the first one is shown; people who hear the screen get the table. */
import { ActionIcon, Group, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import type { EChartsOption } from "echarts";
import { useEffect, useRef, useState } from "react";

import { type Column, DataTable } from "./table";
import { words } from "./parts.words";
import { SavePicture } from "./save";
import { Waiting } from "./states";
import { useWords } from "./words";
import type { Drawn } from "./echarts";

export type ChartRow = Record<string, string | number | null>;

export type ChartProps = {
  /** What ECharts draws. Colours, fonts and lines come from the theme where it says none. */
  option: EChartsOption;
  height?: number;
  /** What the picture shows, in a sentence. */
  label: string;
  /** The same as rows. */
  table: { columns: readonly Column<ChartRow>[]; rows: readonly ChartRow[] };
  /** A value was clicked. */
  onPick?: (what: { name: string; series: string; index: number; data: unknown }) => void;
  /** No switch and no save: a small picture beside others. */
  plain?: boolean;
  name?: string;
};

export function Chart({ option, height = 280, label, table, onPick, plain = false, name = "chart" }: ChartProps) {
  const t = useWords(words);
  const scheme = useComputedColorScheme("light");
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const picked = useRef(onPick);
  picked.current = onPick;
  const asked = useRef(option);
  asked.current = option;
  const [ready, setReady] = useState(false);
  const [rows, setRows] = useState(false);
  useEffect(() => {
    if (rows) return undefined;
    let gone = false;
    // a drawing knows only the kinds of pictures that were there when it was made
    void import("./echarts").then(async ({ asksMore, draw }) => {
      if (asksMore(asked.current)) await import("./echarts.more");
      if (gone || !place.current) return;
      drawn.current = draw(place.current, scheme, (what) => picked.current?.(what));
      setReady(true);
    });
    return () => {
      gone = true;
      drawn.current?.dispose();
      drawn.current = null;
      setReady(false);
    };
  }, [scheme, rows]);
  useEffect(() => {
    if (ready) drawn.current?.show(option);
  }, [ready, option]);
  const grid = <DataTable columns={table.columns} rows={table.rows} rowKey={(row) => JSON.stringify(row)} label={label} csvName={rows ? name : ""} />;
  return (
    <figure style={{ margin: 0 }}>
      {!plain && (
        <Group justify="flex-end" gap={2} data-no-picture>
          {!rows && <SavePicture save={() => drawn.current?.png(name)} />}
          <Tooltip label={rows ? t("asPicture") : t("asTable")}>
            <ActionIcon aria-label={rows ? t("asPicture") : t("asTable")} aria-pressed={rows} onClick={() => setRows(!rows)}>
              {rows ? <IconChartBar size={15} /> : <IconTable size={15} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      )}
      {rows ? (
        grid
      ) : (
        <>
          <div style={{ position: "relative", height }}>
            {/* ECharts owns this element and everything in it */}
            <div ref={place} role="img" aria-label={label} style={{ position: "absolute", inset: 0 }} />
            {!ready && <Waiting height={height} />}
          </div>
          <div className="unseen">{grid}</div>
        </>
      )}
    </figure>
  );
}
