/** The catalogue of events, the plans of what should come, and what differs. */
import { Badge, Button, Group, Select, Stack, Tabs, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, useMay } from "../../api";
import { Answer, type Column, DataTable, Dialog, Empty, Page, Panel, say, useConfirm, useFormat, useView, useWords } from "../../ui";
import { useDo, useSources } from "./api";
import { Parts } from "./nav";
import { words } from "./plan.words";
import css from "./sources.module.css";

type Event = { event: string; source: string | null; count: number; first_seen: string | null; last_seen: string | null; properties: number; planned: boolean | null; violations: number };
type Property = { property: string; source: string; types: string; filled: number; examples: string[]; planned: string | null };
type Broken = { day?: string; source: string; event: string; property: string; kind: string; count: number; samples?: string[] };
type Plan = { source: string; strictness: string; events: number; properties: number; version: number; violations: number };

export default function TrackingPlan() {
  const t = useWords(words);
  const may = useMay();
  const ask = useConfirm();
  const [view, set] = useView();
  const sources = useSources();
  const source = view["source"] ?? "";
  const [editing, setEditing] = useState("");
  const accept = useDo(
    (events: readonly string[]) => api.post(`/v1/tracking/${encodeURIComponent(source)}/accept`, { events }),
    ["events", "tracking", "violations"],
  );
  const take = async (events: readonly string[] = []) => {
    const said = await ask({ title: t("acceptTitle", { source }), body: t("acceptSays"), action: t("accept") });
    if (said !== null) accept.mutate(events, { onSuccess: () => say(t("accepted", { source })) });
  };
  return (
    <Page
      title={t("title")}
      says={t("says")}
      actions={
        source && may("take") ? (
          <>
            <Button variant="default" onClick={() => setEditing(source)}>
              {t("edit")}
            </Button>
            <Button loading={accept.isPending} onClick={() => void take()}>
              {t("accept")}
            </Button>
          </>
        ) : null
      }
    >
      <Parts />
      <Stack gap={12}>
        <Select aria-label={t("source")} placeholder={t("any")} clearable w={220} value={source || null} data={(sources.data ?? []).map((s) => s.source)} onChange={(value) => set({ source: value, event: null })} />
        <Tabs value={view["tab"] ?? "events"} onChange={(tab) => set({ tab: tab === "events" ? null : tab })}>
          <Tabs.List>
            <Tabs.Tab value="events">{t("events")}</Tabs.Tab>
            <Tabs.Tab value="violations">{t("violations")}</Tabs.Tab>
            <Tabs.Tab value="plans">{t("plans")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="events" pt="sm">
            <Events source={source} open={(e) => set({ event: e.event, source: e.source })} />
          </Tabs.Panel>
          <Tabs.Panel value="violations" pt="sm">
            <Violations source={source} />
          </Tabs.Panel>
          <Tabs.Panel value="plans" pt="sm">
            <Plans open={setEditing} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
      {view["event"] && <Properties event={view["event"]} source={source} close={() => set({ event: null })} accept={() => void take([view["event"] ?? ""])} />}
      {editing && <Edit source={editing} close={() => setEditing("")} />}
    </Page>
  );
}

function Events({ source, open }: { source: string; open: (event: Event) => void }) {
  const t = useWords(words);
  const format = useFormat();
  const events = useQuery({ queryKey: ["events", source], queryFn: ({ signal }) => api.get<Event[]>("/v1/events", { source }, signal) });
  const columns: Column<Event>[] = [
    { key: "event", title: t("event"), cell: (r) => <strong>{r.event}</strong> },
    { key: "source", title: t("source") },
    { key: "count", title: t("count"), align: "right", cell: (r) => format.whole(r.count) },
    { key: "first_seen", title: t("first"), cell: (r) => format.date(r.first_seen) },
    { key: "last_seen", title: t("last"), cell: (r) => format.date(r.last_seen) },
    { key: "properties", title: t("properties"), align: "right", cell: (r) => format.whole(r.properties) },
    { key: "planned", title: t("planned"), value: (r) => r.planned, cell: (r) => (r.planned === null ? t("noPlan") : r.planned ? t("yes") : <Badge color="yellow">{t("no")}</Badge>) },
    { key: "violations", title: t("broken"), align: "right", cell: (r) => (r.violations ? <span className={css.bad}>{format.whole(r.violations)}</span> : "–") },
  ];
  return (
    <Panel flush>
      <Answer query={events} height={180} empty={(rows) => rows.length === 0 && <Empty why={t("empty")} hint={t("emptyHint")} height={180} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => `${r.source} ${r.event}`} label={t("events")} onOpen={(r) => r.source && open(r)} csvName="events" />}
      </Answer>
    </Panel>
  );
}

function useKinds() {
  const t = useWords(words);
  const known = ["unknown_event", "unknown_property", "missing_property", "wrong_type", "not_allowed", "deprecated"];
  return (kind: string) => (known.includes(kind) ? t(kind as "deprecated") : kind);
}

function Violations({ source }: { source: string }) {
  const t = useWords(words);
  const format = useFormat();
  const kind = useKinds();
  const broken = useQuery({ queryKey: ["violations", source], queryFn: ({ signal }) => api.get<Broken[]>("/v1/tracking/violations", { source, days: 30 }, signal) });
  const columns: Column<Broken>[] = [
    { key: "day", title: t("day"), cell: (r) => format.day(r.day) },
    { key: "source", title: t("source") },
    { key: "event", title: t("event") },
    { key: "property", title: t("property") },
    { key: "kind", title: t("kind"), cell: (r) => kind(r.kind) },
    { key: "count", title: t("count"), align: "right", cell: (r) => format.whole(r.count) },
    { key: "samples", title: t("samples"), cell: (r) => <div className={css.examples}>{(r.samples ?? []).join(" · ")}</div>, value: (r) => (r.samples ?? []).join(" ") },
  ];
  return (
    <Panel flush>
      <Answer query={broken} height={160} empty={(rows) => rows.length === 0 && <Empty why={t("none")} hint={t("noneHint")} height={160} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => `${r.day}${r.source}${r.event}${r.property}${r.kind}`} label={t("violations")} csvName="violations" />}
      </Answer>
    </Panel>
  );
}

function Plans({ open }: { open: (source: string) => void }) {
  const t = useWords(words);
  const format = useFormat();
  const plans = useQuery({ queryKey: ["tracking"], queryFn: ({ signal }) => api.get<Plan[]>("/v1/tracking", {}, signal) });
  const columns: Column<Plan>[] = [
    { key: "source", title: t("source"), cell: (r) => <strong>{r.source}</strong> },
    { key: "strictness", title: t("strictness") },
    { key: "events", title: t("events"), align: "right", cell: (r) => format.whole(r.events) },
    { key: "properties", title: t("properties"), align: "right", cell: (r) => format.whole(r.properties) },
    { key: "violations", title: t("broken"), align: "right", cell: (r) => format.whole(r.violations) },
    { key: "version", title: t("version"), align: "right" },
  ];
  return (
    <Panel flush>
      <Answer query={plans} height={120} empty={(rows) => rows.length === 0 && <Empty why={t("noPlans")} hint={t("noPlansHint")} height={120} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => r.source} label={t("plans")} onOpen={(r) => open(r.source)} />}
      </Answer>
    </Panel>
  );
}

function Properties({ event, source, close, accept }: { event: string; source: string; close: () => void; accept: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const found = useQuery({ queryKey: ["events", source, event], queryFn: ({ signal }) => api.get<Property[]>("/v1/events/properties", { event, source }, signal) });
  const columns: Column<Property>[] = [
    { key: "property", title: t("property"), cell: (r) => <strong>{r.property}</strong> },
    { key: "types", title: t("types") },
    { key: "filled", title: t("filled"), align: "right", cell: (r) => format.percent(r.filled) },
    { key: "planned", title: t("says_") },
    { key: "examples", title: t("examples"), cell: (r) => <div className={css.examples}>{(r.examples ?? []).join(" · ")}</div>, value: (r) => (r.examples ?? []).join(" ") },
  ];
  return (
    <Dialog onClose={close} size="xl" title={event} closeButtonProps={{ "aria-label": t("close") }}>
      <Answer query={found} height={200}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => r.property + r.source} label={t("properties")} csvName="properties" />}
      </Answer>
      {may("take") && source && (
        <Group justify="flex-end" pt="sm">
          <Button onClick={accept}>{t("acceptOne")}</Button>
        </Group>
      )}
    </Dialog>
  );
}

function Edit({ source, close }: { source: string; close: () => void }) {
  const t = useWords(words);
  const kind = useKinds();
  const kept = useQuery({
    queryKey: ["tracking", source, "plan"],
    queryFn: () => api.get<{ yaml: string }>(`/v1/tracking/${encodeURIComponent(source)}/plan`),
    retry: false,
  });
  const [text, setText] = useState("");
  useEffect(() => {
    if (kept.data) setText(kept.data.yaml);
    else if (kept.error) setText(`tracking: ${source}\nstrictness: known\nevents: {}\n`);
  }, [kept.data, kept.error, source]);
  const put = useDo(
    (dry: boolean) => api.post<{ note: string; violations: Broken[] }>("/v1/tracking/plans", { yaml: text, dry_run: dry }),
    ["tracking", "events", "violations"],
  );
  const columns: Column<Broken>[] = [
    { key: "event", title: t("event") },
    { key: "property", title: t("property") },
    { key: "kind", title: t("kind"), cell: (r) => kind(r.kind) },
    { key: "count", title: t("count"), align: "right" },
  ];
  return (
    <Dialog onClose={close} size="xl" title={t("editTitle", { source })} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack gap="sm">
        <Textarea data-autofocus aria-label={t("yaml")} autosize minRows={10} maxRows={22} classNames={{ input: css.code ?? "" }} value={text} spellCheck={false} onChange={(e) => setText(e.currentTarget.value)} />
        {put.data &&
          (put.data.violations.length ? (
            <div style={{ maxHeight: 220, overflow: "auto" }}>
              <Text size="sm" fw={600}>
                {t("would")}
              </Text>
              <DataTable columns={columns} rows={put.data.violations} rowKey={(r) => r.event + r.property + r.kind} label={t("would")} />
            </div>
          ) : (
            <Text size="sm" role="status">
              {t("fits")}
            </Text>
          ))}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" loading={put.isPending} onClick={() => put.mutate(true)}>
            {t("check")}
          </Button>
          <Button loading={put.isPending} onClick={() => put.mutate(false, { onSuccess: close })}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
