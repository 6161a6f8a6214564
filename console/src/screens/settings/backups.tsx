/** Backups: made and fetched here, restored in the terminal, since nothing may run meanwhile. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, download, useMay } from "../../api";
import { Answer, DataTable, Empty, ErrorBox, Panel, say, sayError, useConfirm, useFormat, useKeys, useWords } from "../../ui";
import { words as own } from "./backups.words";
import { Frame } from "./frame";
import classes from "./settings.module.css";
import { words } from "./words";

type Row = { backup: string; made_at: string; bytes: number };

const KEY = ["backups"] as const;

export default function Backups() {
  const t = useWords(own);
  const may = useMay()("administer");
  const format = useFormat();
  const client = useQueryClient();
  const backups = useQuery({ queryKey: KEY, queryFn: () => api.get<Row[]>("/v1/backups"), enabled: may });
  const making = useMutation({
    mutationFn: () => api.post<{ backup: string; bytes: number }>("/v1/backups"),
    onSuccess: (made) => {
      say(t("made", { name: made.backup, size: format.bytes(made.bytes) }));
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  useKeys([{ key: "c", says: t("make"), run: () => making.mutate() }]);
  const make = (
    <Button loading={making.isPending} onClick={() => making.mutate()}>
      {t("make")}
    </Button>
  );
  return (
    <Frame part="backups" says={t("says")} actions={make}>
      <Stack gap="md">
        {making.isPending && (
          <Text size="sm" role="status">
            {t("making")}
          </Text>
        )}
        {making.error && <ErrorBox error={making.error} height={0} />}
        <Panel flush>
          <Answer query={backups} height={140} empty={(rows) => rows.length === 0 && <Empty why={t("none")} hint={t("noneHint")} height={140} />}>
            {(rows) => <List rows={rows} />}
          </Answer>
        </Panel>
        <Panel title={t("restore")}>
          <Stack gap="xs">
            <Text size="sm">{t("restoreSays")}</Text>
            <code className={classes.secret}>{t("command")}</code>
            <Text size="sm">{t("keySays")}</Text>
            <Text size="sm">{t("erasedSays")}</Text>
          </Stack>
        </Panel>
      </Stack>
    </Frame>
  );
}

function List({ rows }: { rows: readonly Row[] }) {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  const ask = useConfirm();
  const client = useQueryClient();
  const at = (row: Row) => `/v1/backups/${encodeURIComponent(row.backup)}`;
  const remove = async (row: Row) => {
    const said = await ask({ title: t("removeTitle"), body: t("removeSays", { name: row.backup }), action: t("remove"), danger: true });
    if (said === null) return;
    await api.del(at(row)).then(() => say(t("removed")), sayError);
    void client.invalidateQueries({ queryKey: KEY });
  };
  return (
    <DataTable
      label={t("label")}
      rows={rows}
      rowKey={(row) => row.backup}
      columns={[
        { key: "backup", title: t("name") },
        { key: "made_at", title: t("at"), cell: (row) => format.moment(row.made_at) },
        { key: "bytes", title: t("size"), align: "right", cell: (row) => format.bytes(row.bytes) },
        {
          key: "do",
          title: s("actions"),
          align: "right",
          cell: (row) => (
            <Group gap={6} justify="flex-end" wrap="nowrap">
              <Button size="compact-xs" variant="default" onClick={() => void download("GET", at(row), row.backup).catch(sayError)}>
                {t("fetch")}
              </Button>
              <Button size="compact-xs" variant="subtle" color="gray" aria-label={`${t("remove")}: ${row.backup}`} onClick={() => void remove(row)}>
                {t("remove")}
              </Button>
            </Group>
          ),
        },
      ]}
    />
  );
}
