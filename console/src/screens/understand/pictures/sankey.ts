/** Flows as ECharts' Sankey draws them. Pure. */
import type { EChartsOption } from "echarts";

export type Flow = { from: string; to: string; n: number; tone?: "lost" };

/** Middle tones that stand on light and dark; the same name has the same one in every column. */
const TONES = ["#2f9b80", "#4f7fd6", "#d98a3d", "#a763bf", "#5aa6c9", "#b8952e", "#c9607a", "#7d8894"];
const LOST = "#c0475f";
const QUIET = "#8a94a0";

/**
 * Keys say where a node stands (they must differ from column to column: a Sankey has no circles), `says` what it is called.
 * Flows of nothing and flows back are left out.
 */
export function sankey(flows: readonly Flow[], says: (key: string) => string, count: (n: number) => string, ink: string): EChartsOption {
  const kept = flows.filter((flow) => flow.n > 0 && flow.from !== flow.to);
  const names = [...new Set(kept.flatMap((flow) => [flow.from, flow.to]))];
  const ends = new Set(kept.filter((flow) => flow.tone === "lost").map((flow) => flow.to));
  const called = [...new Set(names.filter((name) => !ends.has(name)).map(says))];
  const toneOf = (name: string) => (ends.has(name) ? QUIET : (TONES[called.indexOf(says(name)) % TONES.length] ?? QUIET));
  return {
    tooltip: {
      trigger: "item",
      formatter: (raw) => {
        const one = (Array.isArray(raw) ? raw[0] : raw) as { dataType?: string; data?: { source?: string; target?: string }; name?: string; value?: unknown } | undefined;
        const n = count(typeof one?.value === "number" ? one.value : 0);
        const text = one?.dataType === "edge" ? `${says(one.data?.source ?? "")} → ${says(one.data?.target ?? "")}` : says(one?.name ?? "");
        return `${escaped(text)}<br/>${escaped(n)}`;
      },
    },
    series: [
      {
        type: "sankey",
        left: 4,
        right: 130,
        top: 8,
        bottom: 8,
        nodeWidth: 12,
        nodeGap: 16, // a line of words
        draggable: false,
        emphasis: { focus: "adjacency" },
        lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 },
        label: { fontSize: 11, width: 120, overflow: "truncate", color: ink, textBorderWidth: 0, formatter: (one) => says(one.name) },
        nodeAlign: "left",
        data: names.map((name) => ({ name, itemStyle: { color: toneOf(name) } })),
        links: kept.map((flow) => ({
          source: flow.from,
          target: flow.to,
          value: flow.n,
          ...(flow.tone === "lost" ? { lineStyle: { color: LOST, opacity: 0.22 } } : {}),
        })),
      },
    ],
  };
}

/** Names of events and pages come from outside: they are text in the tooltip, never markup. */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
