/** Every dashboard, and a new one. */
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";

import { useMay } from "../../api";
import { Answer, type Column, DataTable, Empty, Go, Page, Panel, sayError, useFormat, useGo, useKeys, useLang, useView, useWords } from "../../ui";
import { type Listed, useBoardChange, useBoards } from "../understand/boards";
import { fits } from "../understand/kinds";
import { words } from "./words";

export default function Dashboards() {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const [view, setView] = useView();
  const query = useBoards();
  const [making, setMaking] = useState(false);
  const find = view["find"] ?? "";
  const define = useMay()("define");
  useKeys(define ? [{ key: "c", says: t("make"), run: () => setMaking(true) }] : []);
  const columns: Column<Listed>[] = [
    { key: "says", title: t("board"), wrap: true, cell: (row) => <Go to={`/dashboards/${row.dashboard}`}>{row.says}</Go> },
    { key: "tiles", title: t("tiles"), align: "right", cell: (row) => format.whole(row.tiles) },
    { key: "links", title: t("links"), align: "right", cell: (row) => (row.links ? format.whole(row.links) : "–") },
    { key: "changed_at", title: t("changed"), cell: (row) => format.moment(row.changed_at) },
    { key: "changed_by", title: t("changedBy") },
  ];
  const make = define && (
    <Button leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
      {t("make")}
    </Button>
  );
  return (
    <Page title={t("title")} says={t("lead")} actions={make}>
      <TextInput type="search" data-search aria-label={t("search")} placeholder={t("search")} value={find} maw={420} mb={12} onChange={(event) => setView({ find: event.currentTarget.value }, { replace: true })} />
      <Panel flush>
        <Answer query={query} height={320} empty={(data) => (data.length === 0 ? <Empty height={320} why={t("empty")} hint={t("emptyHint")} action={<Group>{make}<Go to="/understand">{t("toUnderstand")}</Go></Group>} /> : null)}>
          {(data) => {
            const rows = data.filter((row) => fits(find, row.says, row.dashboard));
            return rows.length === 0 ? <Empty why={t("noneFound", { text: find })} /> : <DataTable columns={columns} rows={rows} rowKey={(row) => row.dashboard} label={t("title")} onOpen={(row) => go(`/dashboards/${row.dashboard}`)} />;
          }}
        </Answer>
      </Panel>
      <Modal opened={making} onClose={() => setMaking(false)} title={t("make")} closeButtonProps={{ "aria-label": t("close") }}>
        {making && <Make onDone={(name) => go(`/dashboards/${name}`)} />}
      </Modal>
    </Page>
  );
}

function Make({ onDone }: { onDone: (name: string) => void }) {
  const t = useWords(words);
  const lang = useLang();
  const change = useBoardChange();
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.make.mutate({ says: { [lang]: name.trim() } }, { onSuccess: (board) => onDone(board.dashboard), onError: sayError });
  };
  return (
    <form onSubmit={submit}>
      <TextInput label={t("name")} value={name} maxLength={80} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={change.make.isPending} disabled={!name.trim()}>
          {t("makeNow")}
        </Button>
      </Group>
    </form>
  );
}
