/** Files dropped, looked at, mended, imported; and everything that was imported before. */
import { Badge, Button, Group, PasswordInput, Progress, Stack, Text, TextInput } from "@mantine/core";
import { IconFileSpreadsheet, IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";

import { api, ApiError, useMay } from "../../api";
import { Empty, Page, Panel, useFormat, useKeys, useView, useWords } from "../../ui";
import { type Job, useDo } from "./api";
import { Drop } from "./drop";
import { Imports } from "./imports";
import { words } from "./import.words";
import { JobPanel, RecentJobs } from "./job";
import { MappingEditor } from "./mapping";
import { Parts } from "./nav";
import css from "./sources.module.css";
import { type Item, useFiles } from "./uploading";

export default function Import() {
  const t = useWords(words);
  const may = useMay();
  return (
    <Page title={t("title")} says={t("says")}>
      <Parts />
      <Stack gap={14}>
        {may("take") ? <Taking /> : <Empty why={t("nobody")} />}
        <Imports />
      </Stack>
    </Page>
  );
}

function Taking() {
  const t = useWords(words);
  const files = useFiles();
  const [view, set] = useView();
  const [source, setSource] = useState("");
  const job = view["job"] ? Number(view["job"]) : null;
  const start = useDo(
    (dry: boolean) =>
      api.post<Job>("/v1/imports", {
        files: files.ready.map((f) => ({ upload: f.looked?.upload, mapping: f.looked?.mapping })),
        source,
        dry_run: dry,
      }),
    ["jobs"],
  );
  const go = (dry: boolean) => start.mutate(dry, { onSuccess: (made) => set({ job: made.id }) });
  const blocked = files.ready.length === 0 || files.busy || files.ready.some((f) => f.looked?.problems.length);
  useKeys([{ key: "c", says: t("more"), run: () => document.getElementById("files")?.click() }]);
  const finished = () => {
    files.clear();
    set({ job: null });
  };
  return (
    <>
      <Drop add={files.add} small={files.items.length > 0} />
      {files.items.length > 0 && (
        <Panel title={t("files")} flush>
          {files.items.map((item) => (
            <FileLine key={item.key} item={item} files={files} />
          ))}
        </Panel>
      )}
      {files.chosen?.looked && <MappingEditor key={files.chosen.key} item={files.chosen} change={files.change} />}
      {files.ready.length > 0 && (
        <Group justify="flex-end" align="flex-end" gap={8}>
          <TextInput label={t("source")} placeholder={t("sourceSays")} value={source} maxLength={80} onChange={(e) => setSource(e.currentTarget.value)} />
          <Button variant="default" disabled={Boolean(blocked)} loading={start.isPending} onClick={() => go(true)}>
            {t("tryIt")}
          </Button>
          <Button leftSection={<IconPlus size={14} />} disabled={Boolean(blocked)} loading={start.isPending} onClick={() => go(false)}>
            {t("import")}
          </Button>
        </Group>
      )}
      {job !== null && <JobPanel id={job} close={() => set({ job: null })} finished={finished} importNow={() => go(false)} />}
      <RecentJobs open={(id) => set({ job: id })} shown={job} />
    </>
  );
}

function FileLine({ item, files }: { item: Item; files: ReturnType<typeof useFiles> }) {
  const t = useWords(words);
  const format = useFormat();
  const looked = item.looked;
  const mine = files.chosen?.key === item.key;
  return (
    <div className={css.file} style={mine ? { background: "var(--sunken)" } : undefined}>
      <IconFileSpreadsheet size={18} aria-hidden="true" style={{ flex: "none" }} />
      <div className={css.grow}>
        <Text size="sm" fw={600} truncate>
          {item.file.name}
        </Text>
        <State item={item} />
        {item.error instanceof ApiError && item.error.where !== "upload" && item.looked === null && item.upload && (
          <PasswordInput size="xs" maw={260} placeholder={t("password")} aria-label={t("password")} autoComplete="off" onKeyDown={(e) => e.key === "Enter" && files.look(item, { password: e.currentTarget.value })} />
        )}
      </div>
      <Text size="xs" c="dimmed">
        {format.bytes(item.file.size)}
      </Text>
      {looked && !mine && (
        <Button variant="default" size="compact-xs" onClick={() => files.choose(item.key)}>
          {t("open")}
        </Button>
      )}
      {item.error !== null && item.upload === "" && (
        <Button variant="default" size="compact-xs" onClick={() => files.retry(item)}>
          {t("again")}
        </Button>
      )}
      <Button variant="subtle" color="gray" size="compact-xs" onClick={() => files.remove(item)}>
        {item.upload ? t("remove") : t("stop")}
      </Button>
    </div>
  );
}

function State({ item }: { item: Item }): ReactNode {
  const t = useWords(words);
  const format = useFormat();
  if (item.error) {
    const said = item.error instanceof ApiError && item.error.message ? item.error : null;
    return (
      <Text size="xs" c="var(--bad)" role="alert">
        {said?.message ?? t("failed")}
        {said?.hint ? ` · ${said.hint}` : ""}
      </Text>
    );
  }
  if (!item.upload) {
    const share = item.file.size ? item.sent / item.file.size : 0;
    return (
      <Group gap={8} wrap="nowrap">
        <Progress value={share * 100} size="sm" w={160} aria-label={item.file.name} />
        <Text size="xs" c="dimmed">
          {t("uploading", { percent: format.percent(share), size: format.bytes(item.file.size) })}
        </Text>
      </Group>
    );
  }
  if (!item.looked) return <Text size="xs" c="dimmed">{t("looking")}</Text>;
  const { looked } = item;
  return (
    <Group gap={6}>
      <Badge color={looked.recognised && !item.edited ? "teal" : "blue"}>
        {item.edited ? t("own") : looked.recognised ? t("preset", { name: looked.recognised }) : t("proposed")}
      </Badge>
      {looked.known && <Badge color="yellow">{t("known")}</Badge>}
      {looked.problems.length > 0 && <Badge color="red">{t("problems", { n: looked.problems.length })}</Badge>}
    </Group>
  );
}
