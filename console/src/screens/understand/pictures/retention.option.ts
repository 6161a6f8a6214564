/** The average curve as ECharts draws it, with its 95 % interval as a band where there is one line. Pure. */
import type { EChartsOption, SeriesOption } from "echarts";

import type { Row } from "../asking";

const read = (row: Row, name: string): number | null => (typeof row[name] === "number" ? row[name] : null);

export function curve(
  points: readonly Row[],
  value: (row: Row) => string,
  step: (row: Row) => string,
  percent: (share: number) => string,
  band: string,
): EChartsOption {
  const after = points.filter((row) => (read(row, "first") ?? 0) > 0);
  const lines = new Map<string, Row[]>();
  for (const row of after) lines.set(value(row), [...(lines.get(value(row)) ?? []), row]);
  const steps = [...new Set(after.map(step))];
  const at = (rows: readonly Row[], name: string) =>
    steps.map((one) => {
      const row = rows.find((each) => step(each) === one);
      return row ? read(row, name) : null;
    });
  const series: SeriesOption[] = [...lines].map(([name, rows]) => ({ type: "line", name, data: at(rows, "share"), symbolSize: 5 }));
  const [only] = lines.values();
  if (lines.size === 1 && only) {
    const lows = at(only, "low");
    const highs = at(only, "high");
    const hidden = { type: "line" as const, stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
    series.push(
      { ...hidden, name: band, data: lows },
      { ...hidden, name: band, data: highs.map((high, n) => (high === null ? null : high - (lows[n] ?? 0))), areaStyle: { opacity: 0.14, color: "#47b196" } },
    );
  }
  return {
    grid: { left: 8, right: 16, top: lines.size > 1 ? 34 : 16, bottom: 8 },
    xAxis: { type: "category", data: steps, boundaryGap: false },
    yAxis: { type: "value", min: 0, axisLabel: { formatter: (share: number) => percent(share) } },
    tooltip: { trigger: "axis", valueFormatter: (share) => (typeof share === "number" ? percent(share) : "–") },
    ...(lines.size > 1 ? { legend: { type: "scroll" } } : {}),
    series,
  };
}
