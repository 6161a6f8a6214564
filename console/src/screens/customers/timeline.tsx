import { Badge, Button, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useState } from "react";

import { DataTable, ErrorBox, useFormat, useView, useWords, Waiting } from "../../ui";
import { type Happening, useTimeline } from "./data";
import { words } from "./words";

const KINDS = ["order", "event", "consent", "identity"] as const;
const STATES = ["granted", "refused", "withdrawn", "unknown"] as const;
const PURPOSES = ["advertising", "profiling"] as const;
const ACTIONS = ["merge", "link", "cut", "block", "unblock", "revoke"] as const;

/** One line of time, the newest first, back to the beginning. */
export function Timeline({ customer }: { customer: string }) {
  const t = useWords(words);
  const [view, set] = useView();
  const kind = KINDS.find((one) => one === view["kind"]) ?? "";
  const name = view["event"] ?? "";
  const query = useTimeline(customer, kind, name);
  const pages = query.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const counts = pages[0]?.counts ?? [];
  const kinds = [{ value: "", label: t("all") }, ...KINDS.map((one) => ({ value: one, label: t(one) }))];
  return (
    <div style={{ padding: "10px 14px 12px" }}>
      <Group justify="space-between" gap={8} mb={8}>
        <SegmentedControl data={kinds} value={kind} onChange={(chosen) => set({ kind: chosen || null, event: null }, { replace: true })} aria-label={t("timeline")} />
        <Select
          data={counts.map((one) => ({ value: one.name, label: `${one.says} (${one.n.toLocaleString()})` }))}
          value={name || null}
          placeholder={t("anyEvent")}
          aria-label={t("anyEvent")}
          clearable
          searchable
          onChange={(chosen) => set({ event: chosen }, { replace: true })}
          w={200}
        />
      </Group>
      {query.error ? <ErrorBox error={query.error} retry={query.refetch} /> : query.isPending ? <Waiting height={240} /> : <Days rows={rows} />}
      {!query.isPending && !query.error && (
        <Group justify="center" mt={10}>
          {query.hasNextPage ? (
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("older")}
            </Button>
          ) : (
            <Text size="xs" c="dimmed">
              {rows.length ? t("end") : t("nothing")}
            </Text>
          )}
        </Group>
      )}
    </div>
  );
}

function Days({ rows }: { rows: readonly Happening[] }) {
  const format = useFormat();
  const days = new Map<string, Happening[]>();
  for (const row of rows) {
    const day = format.date(row.at);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return (
    <>
      {[...days].map(([day, happened]) => (
        <section key={day}>
          <Text size="xs" fw={600} c="dimmed" component="h2" m={0} mt={10} mb={2}>
            {day}
          </Text>
          {happened.map((row) => (
            <One key={`${row.kind}/${row.id}`} row={row} />
          ))}
        </section>
      ))}
    </>
  );
}

function One({ row }: { row: Happening }) {
  const t = useWords(words);
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const facts = [row.channel_says, row.place, row.device_says, row.category, row.product_id, row.campaign, row.coupon, row.source].filter(Boolean);
  const lines = row.lines ?? [];
  return (
    <div style={{ display: "grid", gridTemplateColumns: "46px minmax(0, 1fr) auto", gap: 8, padding: "5px 0", borderBottom: "1px solid var(--line)", alignItems: "baseline" }}>
      <Text size="xs" c="dimmed" title={format.exact(row.at)}>
        {format.time(row.at)}
      </Text>
      <div>
        <Text size="sm">
          <What row={row} />
          {lines.length > 0 && (
            <Button size="compact-xs" variant="subtle" ml={6} aria-expanded={open} onClick={() => setOpen(!open)}>
              {t("items", { n: lines.length })} {open ? "▴" : "▾"}
            </Button>
          )}
        </Text>
        {facts.length > 0 && (
          <Text size="xs" c="dimmed">
            {facts.join(" · ")}
          </Text>
        )}
        {open && <Lines lines={lines} />}
        {row.kind === "event" && <Properties properties={row.properties ?? {}} />}
      </div>
      {row.amount !== undefined && (
        <Text size="sm" fw={550} c={row.amount < 0 ? "var(--bad)" : undefined}>
          {format.money(row.amount)}
        </Text>
      )}
    </div>
  );
}

function What({ row }: { row: Happening }) {
  const t = useWords(words);
  if (row.kind === "consent") {
    const state = STATES.find((one) => one === row.state);
    const purpose = PURPOSES.find((one) => one === row.purpose);
    return (
      <>{t("consentIs", { purpose: purpose ? t(purpose) : (row.purpose ?? ""), channel: row.channel_says ?? "", state: state ? t(state) : (row.state ?? "") })}</>
    );
  }
  if (row.kind === "identity") {
    const action = ACTIONS.find((one) => one === row.action);
    return (
      <>
        <Badge color="yellow">{t("identity")}</Badge> {action ? t(`did_${action}`) : row.action}
        {row.entry ? ` · ${t("entry", { n: String(row.entry) })}` : ""}
        {row.actor ? ` · ${t("by", { who: row.actor })}` : ""}
      </>
    );
  }
  return (
    <>
      {row.says}
      {row.order_id && (
        <Text span size="xs" c="dimmed">
          {" "}
          {row.order_id}
        </Text>
      )}
    </>
  );
}

const SHOWN = 6;

function Properties({ properties }: { properties: Record<string, unknown> }) {
  const flat = Object.entries(properties)
    .filter(([key, value]) => key !== "context" && (typeof value === "string" || typeof value === "number" || typeof value === "boolean"))
    .slice(0, SHOWN);
  if (!flat.length) return null;
  return (
    <Text size="xs" c="dimmed" lineClamp={2}>
      {flat.map(([key, value]) => `${key}: ${String(value)}`).join(" · ")}
    </Text>
  );
}

function Lines({ lines }: { lines: NonNullable<Happening["lines"]> }) {
  const t = useWords(words);
  const format = useFormat();
  return (
    <DataTable
      label={t("product")}
      rows={lines}
      rowKey={(line) => line.line}
      columns={[
        { key: "title", title: t("product"), cell: (line) => line.title ?? line.product_id ?? "–", wrap: true },
        { key: "category", title: t("category"), cell: (line) => line.category ?? "–", wrap: true },
        { key: "quantity", title: t("quantity"), align: "right", cell: (line) => format.number(line.quantity) },
        { key: "amount", title: t("amount"), align: "right", cell: (line) => format.money(line.amount) },
      ]}
    />
  );
}
