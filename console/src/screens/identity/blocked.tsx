/** Values that are nobody's: listed, blocked and let go, each with what it would change first. */
import { Alert, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, useMay } from "../../api";
import { Answer, type Column, DataTable, Dialog, Empty, Panel, say, useConfirm, useFormat, useView, useWords } from "../../ui";
import { useDo } from "../sources/api";
import type { Blocked } from "./api";
import { useNames } from "./kinds";
import { words } from "./overview.words";

type Effect = { merges: number; splits: number; identifiers: number };
const KINDS = ["email", "phone", "card", "user_id", "membership_no", "mall_buyer_id", "household_id", "ci", "serial", "anonymous_id", "device_id"];
const PAGE = 50;

export function useEffectWords(): (effect: Effect) => string {
  const t = useWords(words);
  return (e) => (e.identifiers ? t("effect", { moves: t("moves", { n: e.identifiers }), merging: t("merging", { n: e.merges }), splits: e.splits }) : t("noEffect"));
}

export function BlockedValues() {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  const may = useMay();
  const ask = useConfirm();
  const told = useEffectWords();
  const [view, set] = useView();
  const [adding, setAdding] = useState(false);
  const offset = Number(view["offset"] ?? 0);
  const found = useQuery({
    queryKey: ["identity", "blocked", offset],
    queryFn: ({ signal }) => api.get<{ total: number; rows: Blocked[] }>("/v1/identity/blocked", { offset, limit: PAGE }, signal),
    placeholderData: (before) => before,
  });
  const free = useDo((body: object) => api.post("/v1/identity/unblock", body), ["identity"]);
  const release = async (row: Blocked) => {
    const effect = await api.post<Effect>("/v1/identity/unblock", { node: row.node, dry_run: true });
    const reason = await ask({ title: t("unblockTitle"), body: told(effect), action: t("unblock"), reason: "wanted" });
    if (reason !== null) free.mutate({ node: row.node, reason }, { onSuccess: () => say(t("done")) });
  };
  const columns: Column<Blocked>[] = [
    { key: "kind", title: t("kind"), cell: (r) => name(r.kind) },
    { key: "value", title: t("value"), cell: (r) => r.value ?? "***" },
    { key: "reason", title: t("reason"), cell: (r) => name(r.reason) },
    { key: "links", title: t("links"), align: "right", cell: (r) => format.whole(r.links) },
    { key: "last_seen", title: t("last"), cell: (r) => format.date(r.last_seen) },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (r) =>
        may("mend") && (
          <Button variant="subtle" size="compact-xs" onClick={() => void release(r)}>
            {t("unblock")}
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title={t("tab_blocked")}
      right={
        may("mend") && (
          <Button variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
            {t("block")}
          </Button>
        )
      }
      flush
    >
      <Answer query={found} height={140} empty={(rows) => rows.total === 0 && <Empty why={t("noBlocked")} hint={t("noBlockedHint")} height={140} />}>
        {(rows) => <DataTable columns={columns} rows={rows.rows} rowKey={(r) => r.node} label={t("tab_blocked")} csvName="blocked" page={{ offset, limit: PAGE, of: rows.total, go: (next) => set({ offset: next || null }) }} />}
      </Answer>
      {adding && <Block close={() => setAdding(false)} />}
    </Panel>
  );
}

function Block({ close }: { close: () => void }) {
  const t = useWords(words);
  const name = useNames();
  const told = useEffectWords();
  const [kind, setKind] = useState("phone");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const look = useDo(() => api.post<Effect>("/v1/identity/block", { kind, value, dry_run: true }), []);
  const block = useDo(() => api.post<Effect>("/v1/identity/block", { kind, value, reason }), ["identity"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (look.data) block.mutate(undefined, { onSuccess: () => (say(t("done")), close()) });
    else look.mutate(undefined);
  };
  return (
    <Dialog onClose={close} title={t("blockTitle")} closeButtonProps={{ "aria-label": t("close") }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t("blockSays")}</Text>
          <Group grow>
            <Select label={t("kind")} allowDeselect={false} value={kind} data={KINDS.map((k) => ({ value: k, label: name(k) }))} onChange={(k) => (setKind(k ?? "phone"), look.reset())} />
            <TextInput
              data-autofocus
              required
              label={t("value")}
              value={value}
              maxLength={1000}
              autoComplete="off"
              onChange={(e) => {
                setValue(e.currentTarget.value);
                look.reset();
              }}
            />
          </Group>
          <TextInput label={t("why")} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
          {look.data && (
            <Alert color="yellow" role="status">
              {told(look.data)}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button type="submit" color={look.data ? "red.9" : "pine"} loading={look.isPending || block.isPending}>
              {look.data ? t("block") : t("check")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
