/** People who work here: invited, given roles, kept out, removed. */
import { ActionIcon, Badge, Button, Menu, Modal, Select, Stack, TextInput } from "@mantine/core";
import { IconDots, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, useMay, useMe } from "../../api";
import { Answer, DataTable, Empty, ErrorBox, Panel, say, sayError, useConfirm, useFormat, useKeys, useWords } from "../../ui";
import { Frame } from "./frame";
import { Once, type Shown } from "./once";
import { words as own } from "./people.words";
import { type Role, RoleChoice, roles, useRoleWord } from "./roles";
import { words } from "./words";

type Person = {
  person: number | null;
  name: string;
  email: string;
  role: string;
  state: "active" | "disabled" | "invited";
  seen_at: string | null;
  sessions: number;
  until: string | null;
  link: number | null;
};
type LinkMade = { address: string; until: string };

const KEY = ["people"] as const;

export default function People() {
  const t = useWords(own);
  const may = useMay()("administer");
  const people = useQuery({ queryKey: KEY, queryFn: () => api.get<Person[]>("/v1/people"), enabled: may });
  const [inviting, setInviting] = useState(false);
  const [shown, setShown] = useState<Shown | null>(null);
  useKeys([{ key: "c", says: t("invite"), run: () => setInviting(true) }]);
  const invite = (
    <Button leftSection={<IconUserPlus size={14} />} onClick={() => setInviting(true)}>
      {t("invite")}
    </Button>
  );
  return (
    <Frame part="people" says={t("says")} actions={invite}>
      <Panel flush>
        <Answer query={people} height={160} empty={(rows) => (rows.length === 0 ? <Empty why={t("nobody")} hint={t("nobodyHint")} action={invite} height={160} /> : null)}>
          {(rows) => <List rows={rows} show={setShown} />}
        </Answer>
      </Panel>
      <Invite opened={inviting} close={() => setInviting(false)} show={setShown} />
      <Once shown={shown} close={() => setShown(null)} />
    </Frame>
  );
}

function List({ rows, show }: { rows: readonly Person[]; show: (shown: Shown) => void }) {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  const me = useMe().data;
  const called = (row: Person) => row.name || row.email;
  const state = (row: Person) => {
    if (row.state === "invited") return <Badge color="yellow">{t("invited", { until: format.date(row.until) })}</Badge>;
    return row.state === "active" ? t("active") : <Badge color="red">{t("disabled")}</Badge>;
  };
  return (
    <DataTable
      label={t("label")}
      rows={rows}
      rowKey={(row) => `${row.person ?? "link"}-${row.link ?? ""}`}
      columns={[
        {
          key: "name",
          title: t("name"),
          cell: (row) => (
            <>
              {called(row)} {row.person !== null && row.person === me?.person.id && <Badge>{t("you")}</Badge>}
            </>
          ),
        },
        { key: "email", title: t("email") },
        { key: "role", title: t("role"), cell: (row) => <RoleOf row={row} name={called(row)} /> },
        { key: "state", title: t("state"), cell: state },
        { key: "seen_at", title: t("seen"), cell: (row) => (row.seen_at ? format.ago(row.seen_at) : s("never")) },
        { key: "sessions", title: t("sessions"), align: "right", cell: (row) => format.whole(row.sessions) },
        { key: "do", title: s("actions"), align: "right", cell: (row) => <Doing row={row} name={called(row)} show={show} /> },
      ]}
    />
  );
}

function RoleOf({ row, name }: { row: Person; name: string }) {
  const t = useWords(own);
  const word = useRoleWord();
  const ask = useConfirm();
  const client = useQueryClient();
  if (row.person === null) return <>{word(row.role)}</>;
  const change = async (role: string | null) => {
    if (!role || role === row.role) return;
    const body = t("roleSays", { before: word(row.role), after: word(role) });
    if ((await ask({ title: t("roleTitle", { name }), body })) === null) return;
    await api.patch(`/v1/people/${row.person}`, { role }).then(() => say(t("changed")), sayError);
    void client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <Select
      aria-label={`${t("role")}: ${name}`}
      variant="unstyled"
      w={120}
      allowDeselect={false}
      value={row.role}
      data={roles.map((role) => ({ value: role, label: word(role) }))}
      onChange={(role) => void change(role)}
    />
  );
}

function Doing({ row, name, show }: { row: Person; name: string; show: (shown: Shown) => void }) {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  const ask = useConfirm();
  const client = useQueryClient();
  const me = useMe().data;
  const doing = (what: Promise<unknown>) => what.catch(sayError).finally(() => void client.invalidateQueries({ queryKey: KEY }));
  const at = `/v1/people/${row.person}`;
  const reset = async () => {
    const made = await api.post<LinkMade>(`${at}/link`);
    show({ title: t("resetTitle", { name }), says: t("linkSays", { until: format.moment(made.until) }), secret: made.address });
  };
  const out = async () => say(t("signedOut", { n: (await api.del<{ ended: number }>(`${at}/sessions`)).ended }));
  const disable = async () => {
    const said = await ask({ title: t("disableTitle", { name }), body: t("disableSays"), action: t("disable"), danger: true });
    if (said !== null) await api.patch(at, { disabled: true });
  };
  const remove = async () => {
    const said = await ask({ title: t("removeTitle", { name }), body: t("removeSays"), action: t("remove"), danger: true });
    if (said !== null) await api.del(at);
  };
  const items =
    row.person === null
      ? [{ says: t("withdraw"), run: () => api.del(`/v1/people/invitations/${row.link}`), red: true }]
      : [
          { says: t("reset"), run: reset },
          { says: t("signOut"), run: out },
          row.state === "disabled" ? { says: t("enable"), run: () => api.patch(at, { disabled: false }) } : { says: t("disable"), run: disable, red: true },
          ...(row.person === me?.person.id ? [] : [{ says: t("remove"), run: remove, red: true }]),
        ];
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon aria-label={`${s("actions")}: ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => (
          <Menu.Item key={item.says} {...("red" in item && item.red ? { c: "var(--bad)" } : {})} onClick={() => void doing(item.run())}>
            {item.says}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Invite({ opened, close, show }: { opened: boolean; close: () => void; show: (shown: Shown) => void }) {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const inviting = useMutation({
    mutationFn: () => api.post<LinkMade>("/v1/people", { email, role }),
    onSuccess: (made) => {
      close();
      show({ title: t("linkTitle", { email }), says: t("linkSays", { until: format.moment(made.until) }), secret: made.address });
      setEmail("");
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    inviting.mutate();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("inviteTitle")} closeButtonProps={{ "aria-label": s("close") }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            type="email"
            label={t("email")}
            required
            withAsterisk={false}
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <RoleChoice label={t("role")} value={role} set={setRole} />
          {inviting.error && <ErrorBox error={inviting.error} height={0} />}
          <Button type="submit" loading={inviting.isPending}>
            {t("make")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
