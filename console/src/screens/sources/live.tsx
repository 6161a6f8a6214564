/** What arrives, as it arrives (server-sent events): paused, filtered, opened. */
import { Badge, Button, Code, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useEffect, useReducer, useRef, useState } from "react";

import { address } from "../../api";
import { type Column, DataTable, Empty, Page, Panel, useFormat, useKeys, useLang, useView, useWords } from "../../ui";
import { useSources } from "./api";
import { words } from "./live.words";
import { Parts } from "./nav";
import css from "./sources.module.css";

type Told = {
  source: string;
  type: string;
  name: string | null;
  received_at: string;
  identifiers?: { kind: string; value: string }[];
  properties?: Record<string, unknown>;
  amount?: number;
  put_aside: { code: string; field?: string; en?: string; ko?: string } | null;
  n: number;
};
const MOST = 500;

type State = { rows: readonly Told[]; lost: number };
type Step = { told: readonly Told[] } | { lost: number } | "clear";

function next(state: State, step: Step): State {
  if (step === "clear") return { rows: [], lost: 0 };
  if ("lost" in step) return { ...state, lost: state.lost + step.lost };
  return { ...state, rows: [...step.told.toReversed(), ...state.rows].slice(0, MOST) };
}

export default function Live() {
  const t = useWords(words);
  const format = useFormat();
  const lang = useLang();
  const [view, set] = useView();
  const sources = useSources();
  const [state, tell] = useReducer(next, { rows: [], lost: 0 });
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(0);
  const [cut, setCut] = useState(false);
  const [opened, setOpened] = useState<Told | null>(null);
  const waiting = useRef<Told[]>([]);
  const pausing = useRef(paused);
  pausing.current = paused;
  const source = view["source"] ?? "";
  const name = view["name"] ?? "";

  useEffect(() => {
    let n = 0;
    const stream = new EventSource(address("/v1/events/live", { source, name }));
    const keep = (event: MessageEvent<string>) => waiting.current.push({ ...(JSON.parse(event.data) as Told), n: ++n });
    stream.addEventListener("event", keep);
    stream.addEventListener("aside", keep);
    stream.addEventListener("lost", (event: MessageEvent<string>) => tell({ lost: (JSON.parse(event.data) as { events: number }).events }));
    stream.onopen = () => setCut(false);
    stream.onerror = () => setCut(true);
    // many a second would redraw the screen too often
    const timer = setInterval(() => {
      if (pausing.current) setHeld(waiting.current.length);
      else if (waiting.current.length) tell({ told: waiting.current.splice(0) });
    }, 250);
    return () => {
      stream.close();
      clearInterval(timer);
      waiting.current = [];
      tell("clear");
    };
  }, [source, name]);

  const turn = () => {
    setPaused(!paused);
    setHeld(0);
  };
  useKeys([{ key: "p", says: paused ? t("go") : t("pause"), run: turn }]);
  const columns: Column<Told>[] = [
    { key: "received_at", title: t("at"), cell: (r) => format.exact(r.received_at).split(" ").slice(-2)[0] ?? "", width: 92 },
    { key: "source", title: t("source") },
    {
      key: "name",
      title: t("event"),
      cell: (r) => (
        <Group gap={6} wrap="nowrap">
          <strong>{r.name ?? r.type}</strong>
          {r.put_aside && <Badge color="orange">{t("aside")}</Badge>}
        </Group>
      ),
    },
    { key: "who", title: t("who"), cell: (r) => (r.identifiers ?? []).map((i) => i.value).join(", "), value: (r) => (r.identifiers ?? []).map((i) => i.kind).join(" ") },
    { key: "what", title: t("what"), cell: (r) => <div className={css.examples}>{r.put_aside ? (r.put_aside[lang] ?? r.put_aside.code) : brief(r)}</div>, value: brief },
  ];
  return (
    <Page
      title={t("title")}
      says={t("says")}
      actions={
        <>
          <Button variant="default" onClick={() => tell("clear")}>
            {t("clear")}
          </Button>
          <Button leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />} aria-pressed={paused} onClick={turn}>
            {paused ? t("go") : t("pause")}
          </Button>
        </>
      }
    >
      <Parts />
      <Stack gap={10}>
        <Group gap={8}>
          <Select aria-label={t("source")} placeholder={t("any")} clearable w={200} value={source || null} data={(sources.data ?? []).map((s) => s.source)} onChange={(value) => set({ source: value })} />
          <TextInput aria-label={t("name")} placeholder={t("name")} w={220} defaultValue={name} key={name} onBlur={(e) => set({ name: e.currentTarget.value.trim() })} onKeyDown={(e) => e.key === "Enter" && !e.nativeEvent.isComposing && set({ name: e.currentTarget.value.trim() })} />
          <Text size="xs" c="dimmed" role="status">
            {[cut && t("closed"), paused && held > 0 && t("held", { n: held }), state.lost > 0 && t("lost", { n: state.lost })].filter(Boolean).join(" · ")}
          </Text>
        </Group>
        <Panel flush>
          {state.rows.length === 0 ? (
            <Empty why={t("waiting")} hint={t("waitingHint")} height={200} />
          ) : (
            <div className={css.stream} tabIndex={0} role="log" aria-label={t("title")}>
              <DataTable columns={columns} rows={state.rows} rowKey={(r) => r.n} label={t("title")} onOpen={setOpened} csvName="live" />
            </div>
          )}
        </Panel>
      </Stack>
      <Modal opened={opened !== null} onClose={() => setOpened(null)} size="lg" title={opened ? t("open", { name: opened.name ?? opened.type }) : ""} closeButtonProps={{ "aria-label": t("clear") }}>
        {opened && (
          <Code block tabIndex={0} style={{ whiteSpace: "pre-wrap" }}>
            {JSON.stringify({ ...opened, n: undefined }, null, 2)}
          </Code>
        )}
      </Modal>
    </Page>
  );
}

/** The first few things an event says. */
function brief(row: Told): string {
  const said = { ...(row.amount === undefined ? {} : { amount: row.amount }), ...(row.properties ?? {}) };
  return Object.entries(said)
    .filter(([key, value]) => key !== "context" && value !== null && typeof value !== "object")
    .slice(0, 5)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(" · ");
}
