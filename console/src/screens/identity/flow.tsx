/** The drawing itself, in a chunk of its own: React Flow is only needed here. */
import "@xyflow/react/dist/style.css";

import { useComputedColorScheme } from "@mantine/core";
import { Background, Controls, type Edge, type Node, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";

import { useWords } from "../../ui";
import type { Graph } from "./api";
import { words } from "./graph.words";
import { useNames } from "./kinds";
import { places } from "./places";

const WIDTH = { strong: 3, medium: 2, weak: 1 } as const;

export default function Flow({ graph }: { graph: Graph }) {
  const t = useWords(words);
  const name = useNames();
  const scheme = useComputedColorScheme("light");
  const nodes = useMemo(() => {
    const at = places(graph);
    return graph.nodes.map((n): Node => ({
      id: n.node,
      position: at.get(n.node) ?? { x: 0, y: 0 },
      data: {
        label: (
          <span style={{ fontSize: 12, lineHeight: 1.3 }}>
            <span style={{ color: "var(--mantine-color-dimmed)" }}>{name(n.kind)}</span>
            <br />
            <strong>{n.value ?? "***"}</strong>
          </span>
        ),
      },
      style: {
        width: 168,
        padding: 6,
        background: "var(--surface)",
        color: "var(--mantine-color-text)",
        border: `${n.oldest ? 2 : 1}px solid ${n.oldest ? "var(--accent)" : "var(--line)"}`,
        borderRadius: 6,
      },
    }));
  }, [graph, name]);
  const edges = useMemo(
    () =>
      graph.ties.map((tie): Edge => ({
        id: `${tie.a}-${tie.b}`,
        source: tie.a,
        target: tie.b,
        type: "straight",
        style: { strokeWidth: WIDTH[tie.strength], stroke: tie.by_hand ? "var(--accent)" : "var(--mantine-color-dimmed)" },
        ...(tie.by_hand ? { label: t("byHand"), animated: false } : {}),
      })),
    [graph, t],
  );
  return (
    <ReactFlow nodes={nodes} edges={edges} colorMode={scheme} fitView minZoom={0.1} nodesConnectable={false} nodesFocusable edgesFocusable={false} proOptions={{ hideAttribution: false }}>
      <Background />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}
