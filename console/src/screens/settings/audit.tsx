/** The audit log: filtered in the address, page by page, each entry with what was before and after. */
import { Button, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api, download, useMay } from "../../api";
import { Answer, DataTable, Empty, Panel, sayError, useFormat, useLang, useView, useWords } from "../../ui";
import { words as own } from "./audit.words";
import { Frame } from "./frame";
import classes from "./settings.module.css";
import { words } from "./words";

type Row = {
  entry: number;
  at: string;
  actor: string;
  who: string;
  action: string;
  says: string;
  subject: string;
  whom: string;
  reason: string;
  before: string | null;
  after: string | null;
};
type Found = { rows: Row[]; total: number };
type Choice = { actors: { actor: string; who: string }[]; actions: { action: string; says: string }[] };

const LIMIT = 50;

export default function Audit() {
  const t = useWords(own);
  const lang = useLang();
  const may = useMay()("administer");
  const [view, set] = useView();
  const { actor, action, since, until } = view;
  const offset = Number(view["offset"] ?? 0) || 0;
  const asked = { actor, action, since, until, lang };
  const found = useQuery({
    queryKey: ["audit", asked, offset],
    queryFn: ({ signal }) => api.get<Found>("/v1/audit", { ...asked, offset, limit: LIMIT }, signal),
    enabled: may,
  });
  const save = (
    <Button variant="default" onClick={() => void download("GET", "/v1/audit/export", "audit.csv", undefined, asked).catch(sayError)}>
      {t("save")}
    </Button>
  );
  return (
    <Frame part="audit" says={t("says")} actions={save}>
      <Panel flush>
        <Filters />
        <Answer query={found} height={400} empty={(data) => data.rows.length === 0 && <Empty why={t("none")} hint={t("noneHint")} height={200} />}>
          {(data) => (
            <>
              <List rows={data.rows} total={data.total} offset={offset} />
              <Entry row={data.rows.find((row) => String(row.entry) === view["entry"])} close={() => set({ entry: null })} />
            </>
          )}
        </Answer>
      </Panel>
    </Frame>
  );
}

function Filters() {
  const t = useWords(own);
  const lang = useLang();
  const may = useMay()("administer");
  const [view, set] = useView();
  const choice = useQuery({ queryKey: ["audit-choice", lang], queryFn: () => api.get<Choice>("/v1/audit/actors", { lang }), enabled: may });
  const change = (patch: Record<string, string | null>) => set({ ...patch, offset: null, entry: null });
  return (
    <div className={classes.filters}>
      <Select
        label={t("who")}
        placeholder={t("everybody")}
        clearable
        searchable
        value={view["actor"] ?? null}
        data={(choice.data?.actors ?? []).map((one) => ({ value: one.actor, label: one.who }))}
        onChange={(actor) => change({ actor })}
      />
      <Select
        label={t("what")}
        placeholder={t("everything")}
        clearable
        searchable
        value={view["action"] ?? null}
        data={(choice.data?.actions ?? []).map((one) => ({ value: one.action, label: one.says }))}
        onChange={(action) => change({ action })}
      />
      <TextInput type="date" label={t("since")} value={view["since"] ?? ""} onChange={(event) => change({ since: event.currentTarget.value || null })} />
      <TextInput type="date" label={t("until")} value={view["until"] ?? ""} onChange={(event) => change({ until: event.currentTarget.value || null })} />
    </div>
  );
}

function List({ rows, total, offset }: { rows: readonly Row[]; total: number; offset: number }) {
  const t = useWords(own);
  const format = useFormat();
  const [, set] = useView();
  return (
    <DataTable
      label={t("label")}
      rows={rows}
      rowKey={(row) => row.entry}
      onOpen={(row) => set({ entry: row.entry })}
      page={{ offset, limit: LIMIT, of: total, go: (next) => set({ offset: next || null, entry: null }) }}
      columns={[
        { key: "at", title: t("at"), cell: (row) => format.moment(row.at) },
        { key: "who", title: t("who") },
        { key: "says", title: t("what") },
        { key: "whom", title: t("whom"), wrap: true },
        { key: "reason", title: t("reason"), wrap: true, cell: (row) => row.reason || t("empty") },
      ]}
    />
  );
}

function Entry({ row, close }: { row: Row | undefined; close: () => void }) {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  return (
    <Modal opened={row !== undefined} onClose={close} size="xl" title={row ? t("entry", { n: String(row.entry) }) : ""} closeButtonProps={{ "aria-label": s("close") }}>
      {row && (
        <Stack gap="sm">
          <Text size="sm">
            {format.exact(row.at)} · {row.who} · {row.says} · {row.whom}
          </Text>
          {row.reason && (
            <Text size="sm">
              {t("reason")}: {row.reason}
            </Text>
          )}
          {row.before === null && row.after === null && (
            <Text size="sm" c="dimmed">
              {t("nothing")}
            </Text>
          )}
          <div className={classes.diff}>
            {row.before !== null && <Body title={t("before")} text={row.before} />}
            {row.after !== null && <Body title={t("after")} text={row.after} />}
          </div>
        </Stack>
      )}
    </Modal>
  );
}

function Body({ title, text }: { title: string; text: string }) {
  return (
    <section>
      <Text size="xs" c="dimmed" component="h3">
        {title}
      </Text>
      <pre tabIndex={0}>{pretty(text)}</pre>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
