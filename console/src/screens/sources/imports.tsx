/** Everything that was imported, and taking it back: first what that would change. */
import { Badge, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, useMay } from "../../api";
import { Answer, type Column, DataTable, Dialog, Empty, Panel, say, useFormat, useView, useWords } from "../../ui";
import { type Change, type Import, type Job, useDo, useImports } from "./api";
import { words } from "./import.words";

const COLOUR: Record<string, string> = { done: "teal", failed: "red", running: "blue", undone: "gray" };
const PAGE = 25;

export function Imports() {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const imports = useImports();
  const [view, set] = useView();
  const [undoing, setUndoing] = useState<Import | null>(null);
  const offset = Number(view["offset"] ?? 0);
  const columns: Column<Import>[] = [
    { key: "batch", title: "#", align: "right" },
    { key: "file", title: t("file") },
    { key: "source", title: t("source") },
    { key: "preset", title: t("mapping") },
    { key: "rows", title: t("rows"), align: "right", cell: (r) => format.whole(r.rows) },
    { key: "taken", title: t("taken"), align: "right", cell: (r) => format.whole(r.taken) },
    { key: "at", title: t("at"), cell: (r) => format.moment(r.at) },
    {
      key: "state",
      title: t("state"),
      value: (r) => r.state,
      cell: (r) => <Badge color={COLOUR[r.state] ?? "gray"}>{t(r.state === "failed" ? "failed_" : (r.state as "done"))}</Badge>,
    },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (r) =>
        r.state === "done" && r.preset !== "live" && may("take") ? (
          <Button variant="subtle" size="compact-xs" onClick={() => setUndoing(r)}>
            {t("undo")}
          </Button>
        ) : null,
    },
  ];
  return (
    <Panel title={t("history")} flush>
      <Answer query={imports} height={120} empty={(rows) => rows.length === 0 && <Empty why={t("historyEmpty")} hint={t("historyEmptyHint")} height={120} />}>
        {(rows) => (
          <DataTable
            columns={columns}
            rows={rows.slice(offset, offset + PAGE)}
            rowKey={(r) => r.batch}
            label={t("history")}
            csvName="imports"
            page={{ offset, limit: PAGE, of: rows.length, go: (next) => set({ offset: next || null }) }}
          />
        )}
      </Answer>
      {undoing && <Undo one={undoing} close={() => setUndoing(null)} started={(job) => set({ job: job.id })} />}
    </Panel>
  );
}

function Undo({ one, close, started }: { one: Import; close: () => void; started: (job: Job) => void }) {
  const t = useWords(words);
  const format = useFormat();
  const [reason, setReason] = useState("");
  const preview = useQuery({
    queryKey: ["undo", one.batch],
    queryFn: () => api.post<{ changes: Change[] }>(`/v1/imports/${one.batch}/undo`, { dry_run: true }),
    staleTime: 0,
  });
  const undo = useDo(() => api.post<Job>(`/v1/imports/${one.batch}/undo`, { reason }), ["imports", "jobs"]);
  const columns: Column<Change>[] = [
    { key: "what", title: t("undoWhat") },
    { key: "rows", title: t("undoRows"), align: "right", cell: (r) => format.whole(r.rows) },
  ];
  const go = () =>
    undo.mutate(undefined, {
      onSuccess: (job) => {
        started(job);
        say(t("undoing"));
        close();
      },
    });
  return (
    <Dialog onClose={close} title={t("undoTitle", { file: one.file })} closeButtonProps={{ "aria-label": t("remove") }}>
      <Stack gap="sm">
        <Text size="sm">{t("undoSays")}</Text>
        <Answer query={preview} height={200}>
          {(found) => <DataTable columns={columns} rows={found.changes.filter((c) => c.rows)} rowKey={(r) => r.name} label={t("undo")} />}
        </Answer>
        <TextInput data-autofocus label={t("reason")} description={t("reasonSays")} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
        <Group justify="flex-end">
          <Button color="red.9" loading={undo.isPending} disabled={!preview.data} onClick={go}>
            {t("undo")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
