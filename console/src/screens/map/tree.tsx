/** Which segment stands inside which: boxes in boxes, as large as they have customers. */
import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";

import { Chart, Go, Panel, useFormat, useGo, useWords } from "../../ui";
import type { Picture } from "./api";
import { words } from "./words";

type Node = { segment: string; says: string; customers: number; share: number | null; inside: Node[] };

export function nested(found: Picture): Node[] {
  const nodes = new Map(found.segments.filter((s) => s.customers > 0).map((s) => [s.segment, { segment: s.segment, says: s.says, customers: s.customers, share: null, inside: [] } as Node]));
  const roots: Node[] = [];
  for (const { segment, parent, share } of found.tree) {
    const node = nodes.get(segment);
    if (!node) continue;
    node.share = share;
    const outer = parent === null ? undefined : nodes.get(parent);
    (outer ? outer.inside : roots).push(node);
  }
  const order = (list: Node[]): Node[] => list.toSorted((a, b) => b.customers - a.customers).map((n) => ({ ...n, inside: order(n.inside) }));
  return order(roots);
}

export function Tree({ found }: { found: Picture }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const roots = useMemo(() => nested(found), [found]);
  type Box = { name: string; value: number; id: string; children?: Box[] };
  const box = (node: Node): Box => ({ name: node.says, value: node.customers, id: node.segment, ...(node.inside.length ? { children: node.inside.map(box) } : {}) });
  const option = useMemo(
    () => ({
      tooltip: { formatter: (p: unknown) => { const { name, value } = p as { name: string; value: number }; return `${name}: ${format.whole(value)}`; } },
      series: [
        {
          type: "treemap" as const,
          data: roots.map(box),
          roam: false,
          nodeClick: false as const,
          breadcrumb: { show: false },
          label: { show: true, formatter: "{b}" },
          upperLabel: { show: true, height: 22, fontSize: 11 },
          levels: [{ itemStyle: { gapWidth: 4 } }, { itemStyle: { gapWidth: 3, borderWidth: 2, borderColorSaturation: 0.5 } }, { colorSaturation: [0.3, 0.6], itemStyle: { gapWidth: 2, borderWidth: 2, borderColorSaturation: 0.6 } }],
        },
      ],
    }),
    [roots, format],
  );
  const lines = useMemo(() => {
    const flat: { node: Node; depth: number }[] = [];
    const walk = (list: Node[], depth: number) => {
      for (const node of list) {
        flat.push({ node, depth });
        walk(node.inside, depth + 1);
      }
    };
    walk(roots, 0);
    return flat;
  }, [roots]);
  return (
    <Panel title={t("tree")}>
      <Text size="xs" c="dimmed" mb={8}>
        {t("treeSays")}
      </Text>
      <Chart
        option={option as never}
        height={380}
        label={t("tree")}
        name="tree"
        onPick={(what) => go(`/segments/${encodeURIComponent((what.data as { id: string }).id)}`)}
        table={{ columns: [{ key: "says", title: t("segment") }, { key: "customers", title: t("customers"), align: "right" }], rows: lines.map(({ node }) => ({ says: node.says, customers: node.customers })) }}
      />
      <Stack gap={2} mt={12}>
        {lines.map(({ node, depth }) => (
          <Text key={node.segment} size="sm" pl={depth * 22} component="div">
            {depth > 0 ? "└ " : ""}
            <Go to={`/segments/${encodeURIComponent(node.segment)}`}>{node.says}</Go> {format.whole(node.customers)}{" "}
            <Text span size="xs" c="dimmed">
              {node.share === null ? t("outermost") : t("inside", { share: format.percent(node.share) })}
            </Text>
          </Text>
        ))}
      </Stack>
    </Panel>
  );
}
