import { Badge, Button, Collapse, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api";
import { Answer, Go, Panel, useFormat, useLang, useWords } from "../../ui";
import type { SegmentRow } from "./data";
import { words } from "./words";

type Node = { met: boolean; ko: string; en: string; measured?: { ko: string; en: string } | null; children?: Node[] };

const STATES = ["in", "left", "out"] as const;

/** In, left, not in; and why, condition by condition. */
export function Memberships({ customer, segments }: { customer: string; segments: readonly SegmentRow[] }) {
  const t = useWords(words);
  const [state, setState] = useState<(typeof STATES)[number]>("in");
  const rows = segments.filter((row) => row.state === state);
  const none = { in: t("noneIn"), left: t("noneLeft"), out: t("noneOut") }[state];
  return (
    <Panel
      title={t("segmentsTitle")}
      right={
        <Group gap={4}>
          {STATES.map((one) => (
            <Button key={one} size="compact-xs" variant={one === state ? "light" : "subtle"} color={one === state ? "pine" : "gray"} aria-pressed={one === state} onClick={() => setState(one)}>
              {t(one)} {segments.filter((row) => row.state === one).length}
            </Button>
          ))}
        </Group>
      }
    >
      {rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {segments.length ? none : t("noSegments")}
        </Text>
      )}
      <Stack gap={8}>
        {rows.map((row) => (
          <One key={row.segment} customer={customer} row={row} />
        ))}
      </Stack>
    </Panel>
  );
}

function One({ customer, row }: { customer: string; row: SegmentRow }) {
  const t = useWords(words);
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const when = row.state === "in" ? t("since", { at: format.date(row.since) }) : row.state === "left" ? t("until", { at: format.date(row.left_at) }) : "";
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap={8}>
        <div>
          <Text size="sm">
            <Go to={`/segments/${row.segment}`}>{row.says}</Go>{" "}
            <Text span size="xs" c="dimmed">
              {when}
            </Text>
          </Text>
          <Text size="xs" c="dimmed">
            {row.rule}
          </Text>
        </div>
        <Button size="compact-xs" variant="default" style={{ flex: "none" }} aria-expanded={open} onClick={() => setOpen(!open)}>
          {row.state === "in" ? t("whyIn") : t("whyOut")}
        </Button>
      </Group>
      <Collapse expanded={open}>{open && <Because customer={customer} segment={row.segment} />}</Collapse>
    </div>
  );
}

function Because({ customer, segment }: { customer: string; segment: string }) {
  const query = useQuery({
    queryKey: ["customer", customer, "why", segment],
    queryFn: ({ signal }) => api.get<Node>(`/v1/segments/${segment}/why/${customer}`, {}, signal),
    placeholderData: undefined,
  });
  return (
    <Answer query={query} height={40}>
      {(node) => <Tree node={node} />}
    </Answer>
  );
}

function Tree({ node }: { node: Node }) {
  const t = useWords(words);
  const lang = useLang();
  const measured = node.measured?.[lang];
  return (
    <div style={{ borderLeft: "2px solid var(--line)", margin: "4px 0 4px 4px", paddingLeft: 10 }}>
      <Group gap={6} align="baseline" wrap="nowrap">
        <Badge color={node.met ? "pine" : "gray"} style={{ flex: "none" }}>
          {node.met ? `✓ ${t("met")}` : `✕ ${t("unmet")}`}
        </Badge>
        <Text size="xs">
          {node[lang]}
          {measured && (
            <Text span size="xs" c="dimmed">
              {" "}
              ({measured})
            </Text>
          )}
        </Text>
      </Group>
      {node.children?.map((child, i) => <Tree key={i} node={child} />)}
    </div>
  );
}
