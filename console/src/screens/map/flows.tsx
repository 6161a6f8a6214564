/** Who moved from which segment to which, between two dates. */
import { Group, Text, TextInput, useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMemo } from "react";

import { Answer, Chart, Empty, Panel, useFormat, useView, useWords } from "../../ui";
import { type Flows as Found, type Picture, useFlows } from "./api";
import { words } from "./words";

export function Flows({ found, names }: { found: Picture; names: string[] }) {
  const t = useWords(words);
  const format = useFormat();
  const [view, set] = useView();
  const end = found.as_of ? new Date(`${found.as_of}Z`) : new Date();
  const since = view["since"] ?? new Date(end.getTime() - 90 * 86_400_000).toISOString().slice(0, 10);
  const until = view["until"] ?? "";
  const query = useFlows({ chosen: names.join(","), since, until });
  return (
    <Panel title={t("flows")}>
      <Text size="xs" c="dimmed" mb={8}>
        {t("flowsSays")}
      </Text>
      <Group gap={10} mb={8} align="flex-start">
        <TextInput type="date" label={t("since")} value={since} onChange={(event) => set({ since: event.currentTarget.value })} />
        <TextInput type="date" label={t("until")} value={until} description={until ? undefined : t("untilNow")} inputWrapperOrder={["label", "input", "description"]} onChange={(event) => set({ until: event.currentTarget.value })} />
      </Group>
      {names.length === 0 ? (
        <Empty why={t("flowsChoose")} />
      ) : (
        <Answer query={query} height={380} asOf={(flows) => flows.as_of} partial={(flows) => flows.computed.length > 0 && t("computed", { what: flows.computed.map((name) => flows.segments[name] ?? name).join(", ") })}>
          {(flows) => <Sankey flows={flows} format={format} />}
        </Answer>
      )}
    </Panel>
  );
}

/** One a segment, on both sides. */
const HUES = ["#2da687", "#5b86e0", "#d9822b", "#a765bd", "#56a3c9", "#c0a030", "#d0607a", "#7a8f3c", "#9a7b5b", "#4fa8a8", "#b3709a", "#7d86c9"];

/** Colour of text on a picture. */
export const useInk = (): string => (useComputedColorScheme("light") === "dark" ? "#d5dade" : "#22282d");

/** A phone: names on a picture have a third of its width. */
export const useNarrow = (): boolean => useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });

function Sankey({ flows, format }: { flows: Found; format: ReturnType<typeof useFormat> }) {
  const t = useWords(words);
  const ink = useInk();
  const narrow = useNarrow();
  const says = (name: string) => (name === "" ? t("nowhere") : (flows.segments[name] ?? name));
  const option = useMemo(() => {
    const before = [...new Set(flows.flows.map((f) => f.from))];
    const after = [...new Set(flows.flows.map((f) => f.to))];
    const order = Object.keys(flows.segments);
    const color = (name: string) => ({ itemStyle: { color: name === "" ? "#8a939c" : HUES[order.indexOf(name) % HUES.length] ?? "#8a939c" } });
    return {
      tooltip: { formatter: (p: unknown) => { const d = (p as { data: { said?: string; name?: string } }).data; return d.said ?? String(d.name).slice(2); } },
      series: [
        {
          type: "sankey" as const,
          left: 8,
          right: narrow ? 112 : 232,
          top: 8,
          bottom: 8,
          nodeGap: 14,
          data: [...before.map((n) => ({ name: `a|${says(n)}`, depth: 0, ...color(n) })), ...after.map((n) => ({ name: `b|${says(n)}`, depth: 1, ...color(n) }))],
          links: flows.flows.map((f) => ({ source: `a|${says(f.from)}`, target: `b|${says(f.to)}`, value: f.customers, said: `${says(f.from)} → ${says(f.to)}: ${format.whole(f.customers)}` })),
          label: { formatter: (p: unknown) => String((p as { name: string }).name).slice(2), fontSize: 11, color: ink, textBorderWidth: 0, width: narrow ? 96 : 216, overflow: "truncate" as const },
          lineStyle: { color: "gradient" as const, opacity: 0.35 },
        },
      ],
    };
  }, [flows, format, t, ink, narrow]);
  const rows = flows.flows.map((f) => ({ from: says(f.from), to: says(f.to), customers: f.customers }));
  return (
    <Chart
      option={option as never}
      height={380}
      label={t("flows")}
      name="flows"
      table={{ columns: [{ key: "from", title: t("from") }, { key: "to", title: t("to") }, { key: "customers", title: t("customers"), align: "right" }], rows }}
    />
  );
}
