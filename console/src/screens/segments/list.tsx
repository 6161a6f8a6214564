/** Every segment: searched, by folder and tag, with size, rule and state. */
import { Badge, Button, Checkbox, FileButton, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconMap2, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { api, download } from "../../api";
import { useMay } from "../../api/me";
import { Answer, type Column, DataTable, Empty, Go, Page, say, sayError, type Sort, useFormat, useGo, useKeys, useView, useWords } from "../../ui";
import { place, type Checked, type Document, type Shelved, useShelf } from "./api";
import { words } from "./words";

const plain = (text: string): string => text.toLocaleLowerCase().normalize("NFC").replace(/\s+/g, "");

export default function List() {
  const t = useWords(words);
  const go = useGo();
  const may = useMay();
  const [view, set] = useView();
  const shelf = useShelf();
  const search = useRef<HTMLInputElement>(null);
  const [taking, take] = useState(false);
  const create = () => go("/segments/new");
  useKeys([
    { key: "c", says: t("create"), run: create },
    { key: "/", says: t("search"), run: () => search.current?.focus() },
  ]);
  const actions = (
    <>
      <Button variant="default" leftSection={<IconMap2 size={14} />} onClick={() => go("/map")}>
        {t("map")}
      </Button>
      <Button variant="default" onClick={() => void download("GET", "/v1/definitions/segments.yaml", "segments.yaml").catch(sayError)}>
        {t("exportYaml")}
      </Button>
      {may("define") && (
        <>
          <Button variant="default" onClick={() => take(true)}>
            {t("importYaml")}
          </Button>
          <Button leftSection={<IconPlus size={14} />} onClick={create}>
            {t("create")}
          </Button>
        </>
      )}
    </>
  );
  return (
    <Page title={t("title")} says={t("says")} actions={actions}>
      <div className="panel">
        <Answer
          query={shelf}
          height={320}
          empty={(rows) => rows.length === 0 && <Empty height={320} why={t("none")} hint={t("noneHint")} action={may("define") && <Button onClick={create}>{t("create")}</Button>} />}
        >
          {(rows) => (
            <>
              <Group gap={8} p={10}>
                <TextInput
                  ref={search}
                  aria-label={t("search")}
                  placeholder={t("search")}
                  leftSection={<IconSearch size={14} />}
                  value={view["find"] ?? ""}
                  w={240}
                  onChange={(event) => set({ find: event.currentTarget.value }, { replace: true })}
                />
                <Choice label={t("folder")} all={t("everyFolder")} values={rows.map((r) => r.folder)} value={view["folder"]} set={(folder) => set({ folder })} />
                <Choice label={t("tag")} all={t("everyTag")} values={rows.flatMap((r) => r.tags)} value={view["tag"]} set={(tag) => set({ tag })} />
                <Checkbox label={t("archivedToo")} checked={view["archived"] === "yes"} onChange={(event) => set({ archived: event.currentTarget.checked ? "yes" : null })} />
              </Group>
              <Shelf rows={rows} />
            </>
          )}
        </Answer>
      </div>
      <TakeIn opened={taking} close={() => take(false)} shelf={shelf.data ?? []} />
    </Page>
  );
}

function Choice({ label, all, values, value, set }: { label: string; all: string; values: string[]; value: string | undefined; set: (value: string | null) => void }) {
  const data = [...new Set(values.filter(Boolean))].toSorted();
  if (data.length === 0) return null;
  return <Select aria-label={label} placeholder={all} data={data} value={value ?? null} clearable searchable w={170} onChange={set} />;
}

function Shelf({ rows }: { rows: readonly Shelved[] }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const [view] = useView();
  const [sort, setSort] = useState<Sort | null>(null);
  const find = plain(view["find"] ?? "");
  const fits = (row: Shelved) =>
    (view["archived"] === "yes" || row.state !== "archived") &&
    (!view["folder"] || row.folder === view["folder"]) &&
    (!view["tag"] || row.tags.includes(view["tag"])) &&
    (find === "" || plain(`${row.says} ${row.segment} ${row.rule} ${row.tags.join(" ")}`).includes(find));
  const shown = rows.filter(fits).toSorted((a, b) => order(a, b, sort));
  const open = (row: Shelved) => go(`/segments/${encodeURIComponent(row.segment)}`);
  const columns: Column<Shelved>[] = [
    { key: "says", title: t("name"), wrap: "narrow", cell: (row) => <Go to={`/segments/${encodeURIComponent(row.segment)}`}>{row.says}</Go> },
    { key: "customers", title: t("customers"), align: "right", cell: (row) => format.whole(row.customers) },
    { key: "folder", title: t("folder") },
    { key: "tags", title: t("tags"), value: (row) => row.tags.join(", "), cell: (row) => <Group gap={4} wrap="nowrap">{row.tags.map((tag) => <Badge key={tag} color="gray" style={{ flex: "none" }}>{tag}</Badge>)}</Group> },
    { key: "state", title: t("state"), cell: (row) => <State row={row} /> },
    { key: "changed_at", title: t("changed"), cell: (row) => format.ago(row.changed_at), value: (row) => row.changed_at },
    { key: "rule", title: t("rule"), wrap: true, cell: (row) => <Text size="xs" c="dimmed" lineClamp={2} miw={220}>{row.rule}</Text> },
  ];
  if (shown.length === 0) return <Empty why={t("noneFit")} hint={t("noneFitHint")} />;
  return <DataTable columns={columns} rows={shown} rowKey={(row) => row.segment} label={t("label")} sort={sort} onSort={setSort} onOpen={open} csvName="segments" />;
}

function order(a: Shelved, b: Shelved, sort: Sort | null): number {
  const by = (sort?.by ?? "folder") as keyof Shelved;
  const [x, y] = [a[by], b[by]];
  const found = typeof x === "number" || typeof y === "number" ? Number(x ?? -1) - Number(y ?? -1) : String(x).localeCompare(String(y));
  return (sort?.down ? -found : found) || a.says.localeCompare(b.says);
}

function State({ row }: { row: Shelved }) {
  const t = useWords(words);
  const color = { published: "pine", draft: "yellow", archived: "gray" }[row.state];
  return (
    <Group gap={4} wrap="nowrap">
      <Badge color={color} style={{ flex: "none" }}>{t(row.state)}</Badge>
      {row.state === "published" && row.draft !== null && <Badge color="yellow" style={{ flex: "none" }}>{t("draftOn")}</Badge>}
    </Group>
  );
}

/** YAML of several segments, each kept as a draft: nothing is published unseen. */
function TakeIn({ opened, close, shelf }: { opened: boolean; close: () => void; shelf: readonly Shelved[] }) {
  const t = useWords(words);
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      let kept = 0;
      for (const part of text.split(/^---\s*$/m).filter((each) => each.trim() !== "")) {
        const read = await api.post<Checked>("/v1/rules/check", { text: part });
        const document = read.document as Document | undefined;
        if (!document?.segment) continue;
        const known = shelf.find((row) => row.segment === document.segment);
        await api.put(`${place(document.segment)}/draft`, { document, base: known?.version ?? 0, seen: known?.draft ?? 0 });
        kept += 1;
      }
      if (kept === 0) throw new Error(t("yamlNone"));
      say(t("yamlDone", { n: kept }));
      await client.invalidateQueries({ queryKey: ["shelf"] });
      close();
    } catch (error) {
      if (error instanceof Error && error.message === t("yamlNone")) say(error.message);
      else sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={t("yamlTitle")} size="lg" closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        <Text size="sm">{t("yamlSays")}</Text>
        <FileButton accept=".yaml,.yml,text/yaml" onChange={(file) => void file?.text().then(setText)}>
          {(props) => (
            <Button variant="default" {...props}>
              {t("open")} …
            </Button>
          )}
        </FileButton>
        <Textarea aria-label={t("yamlTitle")} autosize minRows={10} maxRows={22} value={text} onChange={(event) => setText(event.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={text.trim() === ""} onClick={() => void save()}>
            {t("take")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
