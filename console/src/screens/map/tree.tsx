/** Which segment stands inside which: boxes in boxes, each with a bar as long as it has customers. */
import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";

import { Go, Panel, useFormat, useWords } from "../../ui";
import type { Picture } from "./api";
import css from "./map.module.css";
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
  const roots = useMemo(() => nested(found), [found]);
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
    <Panel title={t("tree")} saves="segments-inside">
      <Text size="xs" c="dimmed" mb={8}>
        {t("treeSays")}
      </Text>
      <div className={css.boxes}>
        {roots.map((node) => (
          <Box key={node.segment} node={node} most={roots[0]?.customers ?? 1} />
        ))}
      </div>
      <Stack gap={2} mt={12}>
        {lines.every(({ depth }) => depth === 0) && <Text size="sm">{t("noneInside")}</Text>}
        {lines.filter(({ node, depth }) => depth > 0 || node.inside.length > 0).map(({ node, depth }) => (
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

/** Its name, how many it has beside the largest, and those it holds inside. */
function Box({ node, most }: { node: Node; most: number }) {
  const format = useFormat();
  return (
    <div className={css.box}>
      <Go to={`/segments/${encodeURIComponent(node.segment)}`}>{node.says}</Go> <small>{format.whole(node.customers)}</small>
      <i style={{ width: `${Math.max(1, (100 * node.customers) / most)}%` }} aria-hidden="true" />
      {node.inside.length > 0 && (
        <div className={css.boxes}>
          {node.inside.map((inner) => (
            <Box key={inner.segment} node={inner} most={node.customers} />
          ))}
        </div>
      )}
    </div>
  );
}
