/** Where each identifier stands: rings around the oldest, by how many steps of evidence it is away. */
import type { Graph } from "./api";

const GAP = 190;
const BOX = 180;

export function places(graph: Graph): Map<string, { x: number; y: number }> {
  const near = new Map<string, string[]>();
  for (const tie of graph.ties) {
    near.set(tie.a, [...(near.get(tie.a) ?? []), tie.b]);
    near.set(tie.b, [...(near.get(tie.b) ?? []), tie.a]);
  }
  const root = graph.nodes.find((n) => n.oldest)?.node ?? graph.nodes[0]?.node;
  const steps = new Map<string, number>();
  const order: string[] = [];
  if (root) {
    steps.set(root, 0);
    const waiting = [root];
    for (let here = waiting.shift(); here !== undefined; here = waiting.shift()) {
      order.push(here);
      for (const there of near.get(here) ?? []) {
        if (!steps.has(there)) {
          steps.set(there, (steps.get(here) ?? 0) + 1);
          waiting.push(there);
        }
      }
    }
  }
  for (const n of graph.nodes) if (!steps.has(n.node)) order.push(n.node);
  const last = Math.max(0, ...steps.values());
  const rings = new Map<number, string[]>();
  for (const node of order) {
    const ring = steps.get(node) ?? last + 1;
    rings.set(ring, [...(rings.get(ring) ?? []), node]);
  }
  const found = new Map<string, { x: number; y: number }>();
  let radius = 0;
  for (const [ring, members] of [...rings].sort(([a], [b]) => a - b)) {
    // wide enough that boxes on one ring do not lie on each other
    radius = ring === 0 ? 0 : Math.max(radius + GAP, (members.length * BOX) / (2 * Math.PI));
    members.forEach((node, i) => {
      const angle = (2 * Math.PI * i) / members.length - Math.PI / 2;
      found.set(node, { x: Math.round(radius * Math.cos(angle) * 1.25), y: Math.round(radius * Math.sin(angle)) });
    });
  }
  return found;
}
