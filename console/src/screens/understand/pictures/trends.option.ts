/** Trends as ECharts draws them. Pure. */
import type { EChartsOption, SeriesOption } from "echarts";

import type { Row } from "../asking";

export type Line = { key: string; name: string; here: (number | null)[]; before: (number | null)[] };

const read = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** One line a value, in the order of the answer. */
export function lines(series: readonly Row[], name: (row: Row) => string): Line[] {
  const found = new Map<string, Line>();
  for (const row of series) {
    const key = JSON.stringify([row["value"] ?? null, row["other"] ?? false]);
    const line = found.get(key) ?? { key, name: name(row), here: [], before: [] };
    line.here.push(read(row["n"]));
    line.before.push(read(row["before"]));
    found.set(key, line);
  }
  return [...found.values()];
}

type Drawn = {
  lines: readonly Line[];
  buckets: readonly string[];
  /** Whether a point is not over yet. */
  open: readonly boolean[];
  /** What the dashed line is called; none without. */
  compared: string;
  bars: boolean;
  says: (value: number | null) => string;
  short: (value: number) => string;
};

export function option({ lines: all, buckets, open, compared, bars, says, short }: Drawn): EChartsOption {
  const last = buckets.length - 1;
  const many = all.length > 1;
  const series: SeriesOption[] = all.flatMap((line): SeriesOption[] => {
    if (bars)
      return [
        {
          type: "bar",
          name: line.name,
          ...(many ? { stack: "all" } : {}),
          barMaxWidth: 36,
          data: line.here.map((value, i) => (open[i] ? { value, itemStyle: { opacity: 0.5 } } : value)),
        },
      ];
    // the point that is not over yet is drawn apart, lighter
    const whole = open[last] && last > 0 ? line.here.slice(0, last) : line.here;
    const tail = open[last] && last > 0 ? line.here.map((value, i) => (i >= last - 1 ? value : null)) : [];
    const mark = { type: "line" as const, name: line.name, symbol: buckets.length > 60 ? "none" : "circle", symbolSize: 5 };
    return [
      { ...mark, data: whole, lineStyle: { width: 2 } },
      ...(tail.length ? [{ ...mark, data: tail, lineStyle: { width: 2, opacity: 0.4, type: "dotted" as const }, silent: true, tooltip: { show: false } }] : []),
    ];
  });
  if (compared && !many && all[0])
    series.push({
      type: "line",
      name: compared,
      data: all[0].before,
      symbol: "none",
      lineStyle: { width: 1.5, type: "dashed" },
      color: "#8a94a0",
      z: 1,
    });
  return {
    grid: { left: 8, right: 16, top: many ? 34 : 16, bottom: 8 },
    xAxis: { type: "category", data: [...buckets], boundaryGap: bars, axisLabel: { hideOverlap: true } },
    yAxis: { type: "value", axisLabel: { formatter: (value: number) => short(value) } },
    tooltip: { trigger: "axis", valueFormatter: (value) => says(typeof value === "number" ? value : null) },
    ...(many ? { legend: { type: "scroll" } } : {}),
    series,
  };
}
