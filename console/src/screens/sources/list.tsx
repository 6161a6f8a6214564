/** Every source with its health, write keys and webhooks. */
import { Badge, Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import { IconFileImport, IconPlus } from "@tabler/icons-react";
import { useState } from "react";

import { api, useMay } from "../../api";
import { Answer, type Column, DataTable, Empty, Page, Panel, useConfirm, useFormat, useGo, useKeys, useWords } from "../../ui";
import { type Hook, type Source, useDo, useHooks, useKeysOfSources, useSources, type WriteKey } from "./api";
import { HookForm } from "./hookform";
import { KeyForm } from "./keyform";
import { words } from "./list.words";
import { Parts } from "./nav";
import css from "./sources.module.css";

const COLOUR = { fine: "teal", quiet: "yellow", silent: "red", waiting: "gray", problems: "orange" } as const;

export default function List() {
  const t = useWords(words);
  const go = useGo();
  const may = useMay();
  const sources = useSources();
  const [making, setMaking] = useState(false);
  useKeys(may("take") ? [{ key: "c", says: t("add"), run: () => setMaking(true) }] : []);
  const actions = may("take") ? (
    <>
      <Button variant="default" leftSection={<IconFileImport size={14} />} onClick={() => go("/sources/import")}>
        {t("importFiles")}
      </Button>
      <Button leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
        {t("add")}
      </Button>
    </>
  ) : null;
  return (
    <Page title={t("title")} says={t("says")} actions={actions}>
      <Parts />
      <Stack gap={14}>
        <Panel flush>
          <Answer
            query={sources}
            height={180}
            empty={(rows) => rows.length === 0 && <Empty why={t("empty")} hint={t("emptyHint")} height={180} action={<Group>{actions}</Group>} />}
          >
            {(rows) => <Sources rows={rows} />}
          </Answer>
        </Panel>
        {may("take") && <WriteKeys make={() => setMaking(true)} />}
        {may("take") && <Webhooks />}
      </Stack>
      <KeyForm opened={making} close={() => setMaking(false)} />
    </Page>
  );
}

function Sources({ rows }: { rows: readonly Source[] }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const why = (row: Source) =>
    row.health === "problems" ? t("problemsSays", { held: row.quarantined, broken: row.violations }) : t(`${row.health}Says`);
  const columns: Column<Source>[] = [
    { key: "source", title: t("source") },
    { key: "ways", title: t("how"), cell: (r) => r.ways.map((w) => t(w as "files")).join(", "), value: (r) => r.ways.join(" ") },
    { key: "events", title: t("events"), align: "right", cell: (r) => format.whole(r.events) },
    { key: "customers", title: t("customers"), align: "right", cell: (r) => format.whole(r.customers) },
    { key: "today", title: t("today"), align: "right", cell: (r) => format.whole(r.today) },
    { key: "days", title: t("days"), cell: (r) => <Spark values={r.days} />, value: (r) => r.days.join(" ") },
    {
      key: "received_at",
      title: t("heard"),
      cell: (r) => (r.received_at ? <span title={format.exact(r.received_at)}>{format.ago(r.received_at)}</span> : "–"),
      value: (r) => r.received_at,
    },
    {
      key: "health",
      title: t("health"),
      cell: (r) => (
        <Tooltip label={why(r)}>
          <Badge color={COLOUR[r.health]}>{t(r.health)}</Badge>
        </Tooltip>
      ),
      value: (r) => r.health,
    },
  ];
  const open = (row: Source) =>
    row.quarantined ? go("/sources/quarantine") : row.ways.some((w) => w !== "files") ? go("/sources/plan", { source: row.source }) : go("/sources/import");
  return <DataTable columns={columns} rows={rows} rowKey={(r) => r.source} label={t("title")} onOpen={open} csvName="sources" />;
}

/** How many came each day, as small bars. */
function Spark({ values }: { values: readonly number[] }) {
  const most = Math.max(1, ...values);
  return (
    <span className={css.spark} role="img" aria-label={values.join(", ")}>
      {values.map((value, i) => (
        <i key={i} style={{ height: `${Math.max(6, (100 * value) / most)}%`, opacity: value ? 1 : 0.25 }} />
      ))}
    </span>
  );
}

function WriteKeys({ make }: { make: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const ask = useConfirm();
  const keys = useKeysOfSources(true);
  const [rotated, setRotated] = useState<WriteKey | null>(null);
  const revoke = useDo((key: number) => api.post(`/v1/sources/keys/${key}/revoke`), ["sources"]);
  const columns: Column<WriteKey>[] = [
    { key: "source", title: t("source") },
    { key: "side", title: t("kind"), cell: (r) => t(r.side) },
    { key: "ends_in", title: t("ends"), cell: (r) => <code>…{r.ends_in}</code> },
    { key: "origins", title: t("origins"), cell: (r) => r.origins || (r.side === "browser" ? t("anywhere") : "–"), wrap: true },
    {
      key: "per_minute",
      title: t("limits"),
      cell: (r) => [r.per_minute && t("perMinute", { n: r.per_minute }), r.per_day && t("perDay", { n: r.per_day })].filter(Boolean).join(" · ") || t("none"),
    },
    { key: "today", title: t("today"), align: "right", cell: (r) => format.whole(r.today) },
    { key: "made_at", title: t("made"), cell: (r) => format.date(r.made_at) },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (r) =>
        r.revoked_at ? (
          <Text size="xs" c="dimmed">
            {t("revoked")}
          </Text>
        ) : (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <Button variant="subtle" size="compact-xs" onClick={() => void turn(r)}>
              {t("rotate")}
            </Button>
            <Button variant="subtle" color="red.9" size="compact-xs" onClick={() => void stop(r)}>
              {t("revoke")}
            </Button>
          </Group>
        ),
    },
  ];
  const stop = async (row: WriteKey) => {
    if ((await ask({ title: t("revokeTitle"), body: t("revokeBody"), action: t("revoke"), danger: true })) !== null) revoke.mutate(row.key);
  };
  const turn = async (row: WriteKey) => {
    if ((await ask({ title: t("rotateTitle"), body: t("rotateBody"), action: t("rotate") })) !== null) setRotated(row);
  };
  return (
    <Panel
      title={t("keys")}
      flush
      right={
        <Button variant="subtle" leftSection={<IconPlus size={14} />} onClick={make}>
          {t("newKey")}
        </Button>
      }
    >
      <Answer query={keys} height={90} empty={(rows) => rows.length === 0 && <Empty why={t("noKeys")} hint={t("keysSays")} height={90} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => r.key} label={t("keys")} />}
      </Answer>
      <KeyForm opened={rotated !== null} close={() => setRotated(null)} like={rotated} />
    </Panel>
  );
}

function Webhooks() {
  const t = useWords(words);
  const ask = useConfirm();
  const hooks = useHooks(true);
  const [editing, setEditing] = useState<string | null>(null);
  const remove = useDo((hook: string) => api.del(`/v1/webhooks/${encodeURIComponent(hook)}`), ["webhooks", "sources"]);
  const drop = async (row: Hook) => {
    const said = await ask({ title: t("removeTitle", { name: row.hook }), body: t("removeBody"), action: t("remove"), danger: true });
    if (said !== null) remove.mutate(row.hook);
  };
  const columns: Column<Hook>[] = [
    { key: "hook", title: t("webhook") },
    { key: "source", title: t("source") },
    { key: "path", title: t("path"), cell: (r) => <code>{r.path}</code> },
    { key: "scheme", title: t("scheme") },
    { key: "secret", title: t("secret") },
    { key: "version", title: t("version"), align: "right" },
    {
      key: "do",
      title: "",
      align: "right",
      cell: (r) => (
        <Button
          variant="subtle"
          color="red.9"
          size="compact-xs"
          onClick={(event) => {
            event.stopPropagation();
            void drop(r);
          }}
        >
          {t("remove")}
        </Button>
      ),
    },
  ];
  return (
    <Panel
      title={t("hooks")}
      flush
      right={
        <Button variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => setEditing("")}>
          {t("newHook")}
        </Button>
      }
    >
      <Answer query={hooks} height={90} empty={(rows) => rows.length === 0 && <Empty why={t("noHooks")} hint={t("hooksSays")} height={90} />}>
        {(rows) => <DataTable columns={columns} rows={rows} rowKey={(r) => r.hook} label={t("hooks")} onOpen={(r) => setEditing(r.hook)} />}
      </Answer>
      {editing !== null && <HookForm name={editing} close={() => setEditing(null)} />}
    </Panel>
  );
}
