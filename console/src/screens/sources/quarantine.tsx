/** Rows that could not be read: by reason, each with the bad cell marked; mended, read again, dismissed for a reason. */
import { Badge, Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { address, api, useMay } from "../../api";
import { Answer, type Column, DataTable, Empty, Page, Panel, type Pill, Pills, say, useConfirm, useFormat, useView, useWords } from "../../ui";
import { type Job, useDo } from "./api";
import { JobPanel } from "./job";
import { Mend } from "./mend";
import { Parts } from "./nav";
import { words } from "./quarantine.words";
import css from "./sources.module.css";

type Group_ = { batch: number; file: string; source: string; field: string | null; field_says: string | null; reason: string; says: string; n: number; first_at: string; live: boolean };
type Cell = { column: string; value: string | null; bad: boolean };
type Row = { id: string; batch: number; file: string; source: string; row: number; field: string | null; field_says: string | null; reason: string; says: string; at: string; cells: Cell[] };

const PAGE = 20;

export default function Quarantine() {
  const t = useWords(words);
  const may = useMay();
  const format = useFormat();
  const [view, set] = useView();
  const groups = useQuery({ queryKey: ["quarantine", "reasons"], queryFn: ({ signal }) => api.get<Group_[]>("/v1/quarantine/reasons", {}, signal) });
  const replay = useDo((batch: number | null) => api.post<Job>("/v1/quarantine/replay", { batch }), ["jobs"]);
  const job = view["job"] ? Number(view["job"]) : null;
  const again = (batch: number | null) => replay.mutate(batch, { onSuccess: (made) => set({ job: made.id }) });
  const columns: Column<Group_>[] = [
    { key: "says", title: t("reason"), cell: (g) => <strong>{g.says}</strong> },
    { key: "field", title: t("field"), cell: (g) => g.field_says ?? t("wholeRow") },
    { key: "n", title: t("rows"), align: "right", cell: (g) => format.whole(g.n) },
    { key: "file", title: t("file"), cell: (g) => (g.live ? <Badge color="blue">{t("live")}</Badge> : g.file), value: (g) => g.file },
    { key: "source", title: t("source") },
    { key: "first_at", title: t("since"), cell: (g) => format.moment(g.first_at) },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (g) =>
        may("take") && (
          <Button
            variant="subtle"
            size="compact-xs"
            onClick={(e) => {
              e.stopPropagation();
              if (g.live) again(g.batch);
              else set({ mend: g.batch });
            }}
          >
            {g.live ? t("replay") : t("mend")}
          </Button>
        ),
    },
  ];
  const open = (g: Group_) => set({ batch: g.batch, reason: g.reason, field: g.field ?? "-", offset: null });
  const mending = view["mend"] ? Number(view["mend"]) : null;
  return (
    <Page
      title={t("title")}
      says={t("says")}
      actions={
        <>
          {may("export") && (
            <Button variant="default" component="a" href={address("/v1/quarantine/export")} download>
              {t("export")}
            </Button>
          )}
          {may("take") && groups.data && groups.data.length > 0 && (
            <Button loading={replay.isPending} onClick={() => again(null)}>
              {t("replayAll")}
            </Button>
          )}
        </>
      }
    >
      <Parts />
      <Stack gap={14}>
        {job !== null && <JobPanel id={job} close={() => set({ job: null })} />}
        <Panel flush>
          <Answer query={groups} height={150} empty={(rows) => rows.length === 0 && <Empty why={t("empty")} hint={t("emptyHint")} height={150} />}>
            {(rows) => <DataTable columns={columns} rows={rows} rowKey={(g) => `${g.batch}${g.field}${g.reason}`} label={t("title")} onOpen={open} />}
          </Answer>
        </Panel>
        {mending !== null && <Mend key={mending} batch={mending} close={() => set({ mend: null })} started={(made) => set({ mend: null, job: made.id })} />}
        {may("take") && groups.data && groups.data.length > 0 && <Rows groups={groups.data} />}
      </Stack>
    </Page>
  );
}

function Rows({ groups }: { groups: readonly Group_[] }) {
  const t = useWords(words);
  const may = useMay();
  const ask = useConfirm();
  const [view, set] = useView();
  const [clear, setClear] = useState<{ row: number; cells: Record<string, unknown> } | null>(null);
  const offset = Number(view["offset"] ?? 0);
  const which = {
    batch: view["batch"],
    reason: view["reason"],
    field: view["field"] === undefined ? undefined : view["field"] === "-" ? " " : view["field"],
  };
  const asked = { batch: which.batch, reason: which.reason, ...(which.field?.trim() ? { field: which.field } : {}), offset, limit: PAGE };
  const rows = useQuery({
    queryKey: ["quarantine", "rows", asked],
    queryFn: ({ signal }) => api.get<{ total: number; rows: Row[] }>("/v1/quarantine", asked, signal),
    placeholderData: (before) => before,
  });
  const dismiss = useDo((body: object) => api.post<{ closed: number }>("/v1/quarantine/dismiss", body), ["quarantine", "sources"]);
  const reveal = useDo((body: { id: string; reason: string; row: number }) => api.post<{ row: Record<string, unknown> }>(`/v1/quarantine/${body.id}/reveal`, { reason: body.reason }), []);
  const drop = async () => {
    const reason = await ask({ title: t("dismissTitle", { n: rows.data?.total ?? 0 }), body: t("dismissBody"), action: t("dismiss"), danger: true, reason: "needed" });
    if (reason) {
      const body = { reason, batch: which.batch ? Number(which.batch) : null, code: which.reason ?? null, field: which.field?.trim() || null };
      dismiss.mutate(body, { onSuccess: (done) => say(t("dismissed", { n: done.closed })) });
    }
  };
  const show = async (row: Row) => {
    const reason = await ask({ title: t("revealTitle"), body: t("revealBody"), action: t("reveal"), reason: "needed" });
    if (reason) reveal.mutate({ id: row.id, reason, row: row.row }, { onSuccess: (found) => setClear({ row: row.row, cells: found.row }) });
  };
  const group = groups.find((g) => String(g.batch) === which.batch && g.reason === which.reason);
  const pills: Pill[] = [];
  if (which.batch) pills.push({ id: "batch", says: group?.file ?? `#${which.batch}`, remove: () => set({ batch: null }) });
  if (which.reason) pills.push({ id: "reason", says: group?.says ?? which.reason, remove: () => set({ reason: null, field: null }) });
  const columns: Column<Row>[] = [
    { key: "row", title: t("row"), align: "right", width: 70 },
    { key: "says", title: t("reason"), wrap: true, width: 170, cell: (r) => `${r.field_says ?? t("wholeRow")}: ${r.says}` },
    { key: "cells", title: t("cells"), wrap: true, cell: (r) => <Cells cells={r.cells} />, value: (r) => r.cells.map((c) => `${c.column}=${c.value}`).join(" ") },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (r) =>
        may("reveal") && (
          <Button variant="subtle" size="compact-xs" onClick={() => void show(r)}>
            {t("reveal")}
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title={<Pills pills={pills} clear={() => set({ batch: null, reason: null, field: null })}>{pills.length === 0 && t("all")}</Pills>}
      right={
        <Button variant="subtle" color="red.9" disabled={!rows.data?.total} onClick={() => void drop()}>
          {t("dismiss")}
        </Button>
      }
      flush
    >
      <Answer query={rows} height={200} empty={(found) => found.rows.length === 0 && <Empty why={t("noneLeft")} height={120} />}>
        {(found) => (
          <DataTable columns={columns} rows={found.rows} rowKey={(r) => r.id} label={t("rows")} page={{ offset, limit: PAGE, of: found.total, go: (next) => set({ offset: next || null }) }} />
        )}
      </Answer>
      <Modal opened={clear !== null} onClose={() => setClear(null)} size="lg" title={t("personal", { n: clear?.row ?? 0 })} closeButtonProps={{ "aria-label": t("close") }}>
        <Code block tabIndex={0} style={{ whiteSpace: "pre-wrap" }}>
          {JSON.stringify(clear?.cells, null, 1)}
        </Code>
      </Modal>
    </Panel>
  );
}

/** A row's cells with the bad one first. */
function Cells({ cells }: { cells: readonly Cell[] }) {
  const order = [...cells.filter((c) => c.bad), ...cells.filter((c) => !c.bad && c.value)];
  return (
    <Group gap="2px 12px">
      {order.slice(0, 14).map((cell) => (
        <Text key={cell.column} size="xs" component="span">
          <span style={{ color: "var(--mantine-color-dimmed)" }}>{cell.column} </span>
          {cell.bad ? <mark className={css.badcell}>{cell.value || "–"}</mark> : cell.value}
        </Text>
      ))}
    </Group>
  );
}
