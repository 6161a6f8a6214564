/** The parts of ECharts that we draw with, and our look for them. Loaded lazily by `Chart`; import it from nowhere else. */
import type { EChartsOption } from "echarts";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

import { saveAs } from "../api/client";

use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LabelLayout, LegendComponent, LineChart, MarkLineComponent, ScatterChart, TooltipComponent]);

const BASIC = ["bar", "line", "scatter"];

/** Whether an option asks for more than bars, lines and dots; then `echarts.more` must be loaded before it is shown. */
export function asksMore(option: EChartsOption): boolean {
  const series = [option.series ?? []].flat();
  return series.some((one) => !BASIC.includes(one.type ?? "line")) || ["visualMap", "dataZoom", "title", "dataset"].some((part) => part in option);
}

export type Picked = { name: string; series: string; index: number; data: unknown };
export type Drawn = { show: (option: EChartsOption) => void; png: (name: string) => void; dispose: () => void };

/** Colours that stay apart for people who see fewer of them (after Okabe and Ito), the accent first. */
const COLORS = {
  light: ["#1d8a6e", "#3d6fd1", "#d9822b", "#9a4fb3", "#56a3c9", "#b8860b", "#c0475f", "#6b7683"],
  dark: ["#47b196", "#7ba2f0", "#eda65c", "#c48bd8", "#7cc4e4", "#dcb550", "#e58398", "#98a3ae"],
};

type Axis = Record<string, unknown>;

function axis(own: unknown, colors: { text: string; line: string; cross: boolean }): unknown {
  const one = (given: Axis): Axis => ({
    ...given,
    axisLine: { show: !colors.cross, lineStyle: { color: colors.line }, ...(given["axisLine"] as Axis) },
    axisTick: { show: false, ...(given["axisTick"] as Axis) },
    axisLabel: { color: colors.text, fontSize: 11, ...(given["axisLabel"] as Axis) },
    splitLine: { show: colors.cross, lineStyle: { color: colors.line }, ...(given["splitLine"] as Axis) },
  });
  if (own === undefined) return undefined;
  return Array.isArray(own) ? own.map((each) => one(each as Axis)) : one(own as Axis);
}

/** Draw into an element; it follows the element's size until disposed of. */
export function draw(place: HTMLElement, scheme: "light" | "dark", pick: (what: Picked) => void): Drawn {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  const text = read("--mantine-color-dimmed");
  const line = read("--line");
  const surface = read("--surface");
  const font = read("--mantine-font-family");
  const chart = init(place, null, { renderer: "canvas" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(place);
  chart.on("click", (what) => pick({ name: what.name, series: what.seriesName ?? "", index: what.dataIndex, data: what.data }));
  return {
    show: (option) => {
      const own = option as Record<string, unknown>;
      chart.setOption(
        {
          color: COLORS[scheme],
          animation: !still,
          animationDuration: 200,
          textStyle: { fontFamily: font, color: text },
          grid: { left: 8, right: 16, top: 24, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
          ...own,
          tooltip: {
            backgroundColor: surface,
            borderColor: line,
            textStyle: { color: read("--mantine-color-text"), fontSize: 12 },
            confine: true,
            ...(own["tooltip"] as Axis),
          },
          legend: own["legend"] ? { textStyle: { color: text, fontSize: 12 }, icon: "roundRect", itemWidth: 10, itemHeight: 10, top: 0, ...(own["legend"] as Axis) } : undefined,
          xAxis: axis(own["xAxis"], { text, line, cross: (own["xAxis"] as Axis | undefined)?.["type"] === "value" }),
          yAxis: axis(own["yAxis"], { text, line, cross: (own["yAxis"] as Axis | undefined)?.["type"] !== "category" }),
        },
        { notMerge: true },
      );
    },
    png: (name) => {
      const address = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: surface });
      const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
      saveAs(new Blob([bytes], { type: "image/png" }), `${name}.png`);
    },
    dispose: () => {
      watch.disconnect();
      chart.dispose();
    },
  };
}
