/** A file's mapping: columns and what they mean, formats, the first rows as they would be read, or all of it as YAML. */
import { Alert, Badge, Button, Group, List, Select, Stack, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api";
import { type Column, DataTable, Empty, Panel, useWords } from "../../ui";
import type { Choice, Looked } from "./api";
import { useMeanings } from "./meaning";
import { words } from "./mapping.words";
import css from "./sources.module.css";
import type { Item, Wanted } from "./uploading";

type Change = (item: Item, wanted: Wanted) => unknown;

export function MappingEditor({ item, change }: { item: Item; change: Change }) {
  const t = useWords(words);
  const looked = item.looked as Looked;
  const facts = t("facts", { format: looked.format, encoding: looked.encoding ? `${looked.encoding} · ` : "", n: looked.columns.length });
  return (
    <Panel title={t("title", { file: looked.file })} right={<Text size="xs" c="dimmed">{facts}</Text>}>
      <Stack gap="sm">
        <Top looked={looked} change={(wanted) => change(item, wanted)} />
        {looked.problems.length > 0 && (
          <Alert color="red" title={t("problems")}>
            <List size="sm">
              {looked.problems.map((p) => (
                <List.Item key={p.where + p.message}>
                  {p.where ? `${p.where}: ` : ""}
                  {p.message}
                  {p.hint ? ` (${p.hint})` : ""}
                </List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Tabs defaultValue="columns">
          <Tabs.List>
            <Tabs.Tab value="columns">{t("columns")}</Tabs.Tab>
            <Tabs.Tab value="formats">{t("formats")}</Tabs.Tab>
            <Tabs.Tab value="yaml">{t("yaml")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="columns" pt="xs">
            <Columns columns={looked.columns} meanings={looked.meanings} change={(one) => change(item, { mapping: looked.mapping, change: [one] })} />
          </Tabs.Panel>
          <Tabs.Panel value="formats" pt="xs">
            <Formats mapping={looked.mapping} change={(mapping) => change(item, { mapping })} />
          </Tabs.Panel>
          <Tabs.Panel value="yaml" pt="xs">
            <Yaml key={looked.yaml} text={looked.yaml} change={(yaml) => change(item, { yaml })} />
          </Tabs.Panel>
        </Tabs>
        {looked.untaken.length > 0 && (
          <Text size="xs" c="dimmed">
            {t("untaken", { n: looked.untaken.length, names: looked.untaken.join(", ") })}
          </Text>
        )}
        <Preview looked={looked} />
      </Stack>
    </Panel>
  );
}

const GRAINS = ["order_lines", "orders", "events", "customers", "products", "reference", "ignore"] as const;

function Top({ looked, change }: { looked: Looked; change: (wanted: Wanted) => void }) {
  const t = useWords(words);
  const presets = useQuery({
    queryKey: ["presets"],
    queryFn: () => api.get<{ presets: { preset: string; says: string }[] }>("/v1/presets"),
    staleTime: Infinity,
  });
  const list = presets.data?.presets.map((p) => ({ value: p.preset, label: p.says || p.preset })) ?? [];
  const name = String(looked.mapping["mapping"] ?? "");
  const mine = list.some((p) => p.value === name);
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label={t("preset")}
        w={300}
        searchable
        allowDeselect={false}
        value={mine ? name : "-"}
        data={[{ value: "-", label: mine ? t("found") : name.startsWith("proposed-") ? t("found") : name }, ...list]}
        onChange={(preset) => change(preset === "-" || !preset ? {} : { preset })}
      />
      <Select
        label={t("grain")}
        w={220}
        allowDeselect={false}
        value={looked.grain}
        data={GRAINS.map((value) => ({ value, label: t(value) }))}
        onChange={(grain) => grain && change({ mapping: { ...looked.mapping, grain } })}
      />
    </Group>
  );
}

export function Columns({
  columns,
  meanings,
  change,
  noExamples = false,
}: {
  columns: readonly Choice[];
  meanings: readonly string[];
  change: (one: { column: string; meaning: string; kind?: string }) => void;
  noExamples?: boolean;
}) {
  const t = useWords(words);
  const { say, groups } = useMeanings();
  const shown = (row: Choice) => (row.meaning.startsWith("trait:") ? "trait" : row.meaning.startsWith("property:") ? "property" : row.meaning);
  const list: Column<Choice>[] = [
    { key: "column", title: t("column"), cell: (r) => <strong>{r.column}</strong> },
    {
      key: "meaning",
      title: t("meaning"),
      value: (r) => say(r.meaning),
      cell: (r) => (
        <Group gap={6} wrap="nowrap">
          <Select
            aria-label={`${r.column}: ${t("meaning")}`}
            w={210}
            searchable
            allowDeselect={false}
            value={shown(r) === "" ? "-" : shown(r)}
            data={groups(meanings, shown(r))}
            onChange={(meaning) => meaning && change({ column: r.column, meaning: meaning === "-" ? "" : meaning, kind: r.kind })}
          />
          {r.meaning.startsWith("trait:") && (
            <Select
              aria-label={`${r.column}: ${t("kind")}`}
              w={90}
              allowDeselect={false}
              value={r.kind || "text"}
              data={(["text", "number", "date", "gender"] as const).map((value) => ({ value, label: t(value) }))}
              onChange={(kind) => kind && change({ column: r.column, meaning: r.meaning, kind })}
            />
          )}
          {r.also.length > 0 && (
            <Text size="xs" c="dimmed">
              {t("also", { what: r.also.map(say).join(", ") })}
            </Text>
          )}
        </Group>
      ),
    },
    ...(noExamples ? [] : [{ key: "examples", title: t("examples"), cell: (r: Choice) => <div className={css.examples}>{r.examples.join(" · ")}</div>, value: (r: Choice) => r.examples.join(" ") }]),
  ];
  return (
    <div style={{ maxHeight: 420, overflow: "auto" }}>
      <DataTable columns={list} rows={columns} rowKey={(r) => r.column} label={t("columns")} />
    </div>
  );
}

/** What a mapping says of how values are written. */
export function Formats({ mapping, change }: { mapping: Record<string, unknown>; change: (mapping: Record<string, unknown>) => void }) {
  const t = useWords(words);
  const set = (name: string, value: unknown) => {
    const next = { ...mapping };
    if (value === "" || value === null) delete next[name];
    else next[name] = value;
    change(next);
  };
  const text = (name: string) => String(mapping[name] ?? "");
  const field = (name: "timezone" | "currency" | "source", says?: string) => (
    <TextInput
      key={`${name}=${text(name)}`}
      label={t(name)}
      {...(says ? { description: says } : {})}
      defaultValue={text(name)}
      onBlur={(e) => e.currentTarget.value !== text(name) && set(name, e.currentTarget.value.trim())}
    />
  );
  return (
    <Group align="flex-end" gap="sm">
      {field("source")}
      {field("timezone", t("timezoneSays"))}
      {field("currency", t("currencySays"))}
      <Select
        label={t("tax")}
        allowDeselect={false}
        value={typeof mapping["tax"] === "string" ? (mapping["tax"] as string) : mapping["tax"] ? null : "unknown"}
        data={(["unknown", "included", "excluded"] as const).map((value) => ({ value, label: t(value) }))}
        onChange={(tax) => set("tax", tax === "unknown" ? "" : tax)}
      />
      <Select
        label={t("numbers")}
        allowDeselect={false}
        value={text("numbers") || "point"}
        data={(["point", "comma"] as const).map((value) => ({ value, label: t(value) }))}
        onChange={(numbers) => set("numbers", numbers === "point" ? "" : numbers)}
      />
    </Group>
  );
}

function Yaml({ text, change }: { text: string; change: (yaml: string) => void }) {
  const t = useWords(words);
  const [now, setNow] = useState(text);
  return (
    <Stack gap={6}>
      <Textarea aria-label={t("yaml")} autosize minRows={8} maxRows={22} classNames={{ input: css.code ?? "" }} value={now} spellCheck={false} onChange={(e) => setNow(e.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" disabled={now === text} onClick={() => change(now)}>
          {t("apply")}
        </Button>
      </Group>
    </Stack>
  );
}

function Preview({ looked }: { looked: Looked }) {
  const t = useWords(words);
  if (looked.problems.length) return null;
  const { preview } = looked;
  if (!preview) return <Empty why={t("noPreview")} height={60} />;
  type Row = (typeof preview.rows)[number];
  const columns: Column<Row>[] = [
    ...preview.columns.map((key): Column<Row> => ({
      key,
      title: key === "row" ? t("row") : (preview.labels[key] ?? key),
      cell: (r) => (r[key] as string | null) ?? "–",
      value: (r) => r[key] as string | null,
    })),
    {
      key: "problem",
      title: t("problem"),
      cell: (r) => (r.problem ? <Badge color="red">{[r.problem.field, r.problem.says].filter(Boolean).join(": ")}</Badge> : ""),
      value: (r) => r.problem?.says,
    },
  ];
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {t("preview")}
        </Text>
        <Text size="xs" c="dimmed">
          {t("masked")}
        </Text>
      </Group>
      <div style={{ maxHeight: 360, overflow: "auto" }}>
        <DataTable columns={columns} rows={preview.rows} rowKey={(r) => String(r["row"])} label={t("preview")} />
      </div>
    </div>
  );
}
