/** Keys of programs. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, useMay } from "../../api";
import { Answer, DataTable, Empty, ErrorBox, Go, Panel, say, sayError, useConfirm, useFormat, useKeys, useWords } from "../../ui";
import { Frame } from "./frame";
import { words as own } from "./keys.words";
import { Once, type Shown } from "./once";
import { type Role, RoleChoice, useRoleWord } from "./roles";
import { words } from "./words";

type Row = {
  key: number;
  name: string;
  role: string;
  ends_in: string;
  made_by: string;
  made_at: string;
  used_at: string | null;
  revoked_at: string | null;
};

const KEY = ["api-keys"] as const;

export default function Keys() {
  const t = useWords(own);
  const may = useMay()("administer");
  const keys = useQuery({ queryKey: KEY, queryFn: () => api.get<Row[]>("/v1/keys"), enabled: may });
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  useKeys([{ key: "c", says: t("add"), run: () => setAdding(true) }]);
  const add = (
    <Button leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  const actions = (
    <Group gap={12}>
      <Go to="/sources">{t("toSources")}</Go>
      {add}
    </Group>
  );
  return (
    <Frame part="keys" says={t("says")} actions={actions}>
      <Panel flush>
        <Answer query={keys} height={160} empty={(rows) => rows.length === 0 && <Empty why={t("none")} hint={t("noneHint")} action={add} height={160} />}>
          {(rows) => <List rows={rows} />}
        </Answer>
      </Panel>
      <Add opened={adding} close={() => setAdding(false)} show={setShown} />
      <Once shown={shown} close={() => setShown(null)} />
    </Frame>
  );
}

function List({ rows }: { rows: readonly Row[] }) {
  const t = useWords(own);
  const s = useWords(words);
  const word = useRoleWord();
  const format = useFormat();
  const ask = useConfirm();
  const client = useQueryClient();
  const revoke = async (row: Row) => {
    const said = await ask({ title: t("revokeTitle", { name: row.name }), body: t("revokeSays"), action: t("revoke"), danger: true });
    if (said === null) return;
    await api.del(`/v1/keys/${row.key}`).then(() => say(t("done")), sayError);
    void client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <DataTable
      label={t("label")}
      rows={rows}
      rowKey={(row) => row.key}
      columns={[
        { key: "name", title: t("name") },
        { key: "role", title: t("role"), cell: (row) => word(row.role) },
        { key: "ends_in", title: t("hint"), cell: (row) => <code>…{row.ends_in}</code> },
        { key: "made_by", title: t("by") },
        { key: "made_at", title: t("at"), cell: (row) => format.date(row.made_at) },
        { key: "used_at", title: t("used"), cell: (row) => (row.used_at ? format.ago(row.used_at) : s("never")) },
        { key: "state", title: t("state"), cell: (row) => (row.revoked_at ? t("revoked", { at: format.date(row.revoked_at) }) : t("active")) },
        {
          key: "do",
          title: s("actions"),
          align: "right",
          cell: (row) =>
            row.revoked_at ? null : (
              <Button size="compact-xs" variant="default" aria-label={`${t("revoke")}: ${row.name}`} onClick={() => void revoke(row)}>
                {t("revoke")}
              </Button>
            ),
        },
      ]}
    />
  );
}

function Add({ opened, close, show }: { opened: boolean; close: () => void; show: (shown: Shown) => void }) {
  const t = useWords(own);
  const s = useWords(words);
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const adding = useMutation({
    mutationFn: () => api.post<{ api_key: string }>("/v1/keys", { name, role }),
    onSuccess: (made) => {
      close();
      show({ title: t("shownTitle", { name }), says: t("shownSays"), secret: made.api_key });
      setName("");
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("addTitle")} closeButtonProps={{ "aria-label": s("close") }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={t("name")}
            description={t("nameSays")}
            required
            withAsterisk={false}
            maxLength={80}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleChoice label={t("role")} value={role} set={setRole} without="owner" />
          {adding.error && <ErrorBox error={adding.error} height={0} />}
          <Button type="submit" loading={adding.isPending}>
            {t("make")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
