/** How many customers from how many identifiers; the biggest, the refused, the blocked, and what people did. */
import { Badge, Button, Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api, useMay } from "../../api";
import { Answer, Chart, type Column, DataTable, Empty, Go, Number, Page, Panel, say, useConfirm, useFormat, useGo, useView, useWords } from "../../ui";
import css from "../sources/sources.module.css";
import { useDo } from "../sources/api";
import { type Cluster, type Conflict, type Entry, type Kind, type Overview as Seen, useOverview } from "./api";
import { BlockedValues } from "./blocked";
import { useNames } from "./kinds";
import { words } from "./overview.words";

const TABS = ["biggest", "conflicts", "blocked", "log"] as const;

export default function Overview() {
  const t = useWords(words);
  const go = useGo();
  const [view, set] = useView();
  const seen = useOverview();
  return (
    <Page title={t("title")} says={t("says")} actions={<Button onClick={() => go("/identity/rules")}>{t("rules")}</Button>}>
      <Answer
        query={seen}
        height={320}
        empty={(found) => found.customers === 0 && <Empty why={t("empty")} hint={t("emptyHint")} height={240} action={<Button onClick={() => go("/sources/import")}>{t("import")}</Button>} />}
      >
        {(found) => (
          <Stack gap={14}>
            <Facts seen={found} />
            <div className={css.two}>
              <Panel title={t("byKind")} flush>
                <Kinds rows={found.kinds} />
              </Panel>
              <Panel title={t("sizes")}>
                <Sizes seen={found} />
              </Panel>
            </div>
            <Tabs value={view["tab"] ?? "biggest"} onChange={(tab) => set({ tab: tab === "biggest" ? null : tab, offset: null })}>
              <Tabs.List>
                {TABS.map((tab) => (
                  <Tabs.Tab key={tab} value={tab}>
                    {t(`tab_${tab}`)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <Tabs.Panel value="biggest" pt="sm">
                <Biggest />
              </Tabs.Panel>
              <Tabs.Panel value="conflicts" pt="sm">
                <Conflicts />
              </Tabs.Panel>
              <Tabs.Panel value="blocked" pt="sm">
                <BlockedValues />
              </Tabs.Panel>
              <Tabs.Panel value="log" pt="sm">
                <Log />
              </Tabs.Panel>
            </Tabs>
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Facts({ seen }: { seen: Seen }) {
  const t = useWords(words);
  const format = useFormat();
  const total = (rows: readonly { n: number }[]) => rows.reduce((a, r) => a + r.n, 0);
  const facts = [
    [t("customers"), format.whole(seen.customers), t("meansCustomers")],
    [t("identifiers"), format.whole(seen.identifiers), t("meansIdentifiers")],
    [t("perCustomer"), format.number(seen.customers ? seen.identifiers / seen.customers : null), ""],
    [t("merged"), format.whole(seen.merged), t("meansMerged")],
    [t("conflicts"), format.whole(total(seen.conflicts)), t("noConflictsHint")],
    [t("blocked"), format.whole(total(seen.blocked)), t("noBlockedHint")],
  ];
  return (
    <Panel>
      <dl className={css.facts} style={{ margin: 0 }}>
        {facts.map(([says = "", value = "", means = ""]) => (
          <div key={says}>
            <dt>{says}</dt>
            <dd>{means ? <Number label={says} means={means}>{value}</Number> : value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Kinds({ rows }: { rows: readonly Kind[] }) {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  const columns: Column<Kind>[] = [
    { key: "kind", title: t("kind"), cell: (k) => <strong>{name(k.kind)}</strong>, value: (k) => name(k.kind) },
    { key: "identifiers", title: t("count"), align: "right", cell: (k) => format.whole(k.identifiers) },
    { key: "customers", title: t("have"), align: "right", cell: (k) => format.whole(k.customers) },
    { key: "several", title: t("several"), align: "right", cell: (k) => format.whole(k.several) },
    { key: "most", title: t("most"), align: "right", cell: (k) => format.whole(k.most) },
    { key: "strength", title: t("strength"), cell: (k) => name(k.strength) },
    { key: "cap", title: t("cap"), align: "right", cell: (k) => (k.unique ? t("unique") : format.whole(k.cap)), value: (k) => (k.unique ? 1 : k.cap) },
  ];
  return <DataTable columns={columns} rows={rows} rowKey={(k) => k.kind} label={t("byKind")} csvName="identifiers" />;
}

function Sizes({ seen }: { seen: Seen }) {
  const t = useWords(words);
  const format = useFormat();
  const name = (size: number) => (size >= 5 ? t("sizeMore", { n: size }) : format.whole(size));
  const rows = seen.sizes.map((s) => ({ size: name(s.size), customers: s.customers }));
  return (
    <Chart
      plain
      height={210}
      name="sizes"
      label={t("sizesLabel")}
      option={{
        grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
        xAxis: { type: "category", data: rows.map((r) => r.size) },
        yAxis: { type: "value", axisLabel: { formatter: (v: number) => format.short(v) } },
        tooltip: { trigger: "axis" },
        series: [{ type: "bar", data: rows.map((r) => r.customers), name: t("customers"), barMaxWidth: 40 }],
      }}
      table={{
        columns: [
          { key: "size", title: t("identifiers") },
          { key: "customers", title: t("customers"), align: "right" },
        ],
        rows,
      }}
    />
  );
}

function Biggest() {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const found = useQuery({ queryKey: ["identity", "biggest"], queryFn: ({ signal }) => api.get<Cluster[]>("/v1/identity/biggest", { limit: 20 }, signal) });
  const columns: Column<Cluster>[] = [
    { key: "customer", title: t("customer"), cell: (c) => <Go to={`/customers/${c.customer}`}>{c.customer}</Go> },
    { key: "identifiers", title: t("identifiers"), align: "right", cell: (c) => format.whole(c.identifiers) },
    { key: "kinds", title: t("kinds"), align: "right" },
    { key: "first_seen", title: t("first"), cell: (c) => format.date(c.first_seen) },
    { key: "last_seen", title: t("last"), cell: (c) => format.date(c.last_seen) },
  ];
  return (
    <Panel title={t("biggestSays")} flush>
      <Answer query={found} height={200}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(c) => c.customer} label={t("tab_biggest")} onOpen={(c) => go(`/identity/graph/${c.customer}`)} csvName="biggest" />}
      </Answer>
    </Panel>
  );
}

function Conflicts() {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  const found = useQuery({ queryKey: ["identity", "conflicts"], queryFn: ({ signal }) => api.get<Conflict[]>("/v1/identity/conflicts", {}, signal) });
  const columns: Column<Conflict>[] = [
    { key: "kind", title: t("kind"), cell: (c) => name(c.kind) },
    { key: "value", title: t("value") },
    { key: "reason", title: t("reason"), cell: (c) => name(c.reason), wrap: true },
    {
      key: "customers",
      title: t("claims"),
      wrap: true,
      value: (c) => c.customers.join(" "),
      cell: (c) =>
        c.customers.slice(0, 6).map((id, i) => (
          <span key={id}>
            {i ? ", " : ""}
            <Go to={`/customers/${id}`}>{id}</Go>
          </span>
        )),
    },
    { key: "at", title: t("at"), cell: (c) => format.date(c.at) },
  ];
  return (
    <Panel flush>
      <Answer query={found} height={160} empty={(rows) => rows.length === 0 && <Empty why={t("noConflicts")} hint={t("noConflictsHint")} height={160} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(c) => c.node + c.reason} label={t("tab_conflicts")} csvName="conflicts" />}
      </Answer>
    </Panel>
  );
}

function Log() {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  const may = useMay();
  const ask = useConfirm();
  const [view, set] = useView();
  const offset = globalThis.Number(view["offset"] ?? 0);
  const found = useQuery({
    queryKey: ["identity", "log", offset],
    queryFn: ({ signal }) => api.get<Entry[]>("/v1/identity/log", { offset, limit: 50 }, signal),
    placeholderData: (before) => before,
  });
  const undo = useDo((body: { entry: number; reason: string }) => api.post(`/v1/identity/log/${body.entry}/undo`, { reason: body.reason }), ["identity"]);
  const back = async (entry: Entry) => {
    const effect = await api.post<{ identifiers: number }>(`/v1/identity/log/${entry.entry}/undo`, { dry_run: true });
    const reason = await ask({ title: t("undoTitle", { n: entry.entry }), body: t("undoBody", { n: effect.identifiers }), action: t("undo"), reason: "wanted" });
    if (reason !== null) undo.mutate({ entry: entry.entry, reason }, { onSuccess: () => say(t("done")) });
  };
  const columns: Column<Entry>[] = [
    { key: "entry", title: "#", align: "right" },
    { key: "action", title: t("action"), cell: (e) => name(e.action) },
    { key: "kinds", title: t("kind"), cell: (e) => e.kinds.map(name).join(", "), value: (e) => e.kinds.join(" ") },
    { key: "customers", title: t("customer"), cell: (e) => e.customers.join(", "), value: (e) => e.customers.join(" "), wrap: true },
    { key: "actor", title: t("who") },
    { key: "at", title: t("when"), cell: (e) => format.moment(e.at) },
    { key: "why", title: t("why"), wrap: true },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (e) =>
        e.undone ? (
          <Badge color="gray">{t("undone")}</Badge>
        ) : may("mend") && (e.action === "merge" || e.action === "cut") ? (
          <Button variant="subtle" size="compact-xs" onClick={() => void back(e)}>
            {t("undo")}
          </Button>
        ) : null,
    },
  ];
  return (
    <Panel flush>
      <Answer query={found} height={140} empty={(rows) => rows.length === 0 && offset === 0 && <Empty why={t("noLog")} height={140} />}>
        {(rows) => (
          <DataTable columns={columns} rows={rows} rowKey={(e) => `${e.entry}${e.action}`} label={t("tab_log")} csvName="identity-log" page={{ offset, limit: 50, of: null, go: (next) => set({ offset: next || null }) }} />
        )}
      </Answer>
    </Panel>
  );
}
