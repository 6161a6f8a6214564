/** What an import (or its rehearsal) found: numbers, why rows were put aside, each file, and what to do next. */
import { Alert, Badge, Button, Group, List, Stack, Text } from "@mantine/core";

import { type Column, DataTable, useFormat, useGo, useLang, useWords } from "../../ui";
import type { FileReport, Report } from "./api";
import { words } from "./job.words";
import css from "./sources.module.css";

const COLOUR = { taken: "teal", known: "yellow", ignored: "gray", needs_mapping: "orange", failed: "red" } as const;
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

export default function Reported({ report, importNow }: { report: Report; importNow?: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const lang = useLang();
  const total = (name: "repeated" | "blocked") => report.files.reduce((a, f) => a + f[name], 0);
  const held = Object.entries(report.quarantined);
  const skipped = Object.entries(merged(report.files.map((f) => f.skipped)));
  const facts: [string, string][] = [
    [t("rows"), format.whole(report.rows)],
    [t("taken"), format.whole(report.taken)],
    [t("repeated"), format.whole(total("repeated"))],
    [t("quarantined"), format.whole(sum(report.quarantined))],
    [t("newCustomers"), format.whole(report.new_customers)],
    [t("knownCustomers"), format.whole(report.known_customers)],
    [t("merges"), format.whole(report.merges)],
    [t("conflicts"), format.whole(report.conflicts)],
  ];
  return (
    <Stack gap="sm">
      {report.dry_run && <Alert color="blue">{t("dryReport")}</Alert>}
      {report.files.length > 0 && report.files.every((f) => f.status === "known") && <Alert color="yellow">{t("allKnown")}</Alert>}
      <dl className={css.facts} style={{ margin: 0 }}>
        {facts.map(([says, value]) => (
          <div key={says}>
            <dt>{says}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="xs" c="dimmed">
        {report.first_at && report.last_at ? `${t("span")}: ${format.date(report.first_at)} – ${format.date(report.last_at)} · ` : ""}
        {t("seconds", { n: Math.round(report.seconds * 10) / 10 })}
      </Text>
      {held.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {t("why")}
          </Text>
          <List size="sm">
            {held.map(([code, n]) => (
              <List.Item key={code}>{t("reasonRow", { n, says: report.reasons[code]?.[lang] ?? code })}</List.Item>
            ))}
          </List>
        </div>
      )}
      {skipped.length > 0 && (
        <Text size="sm">
          {t("skips")}: {skipped.map(([code, n]) => `${report.skips[code]?.[lang] ?? code} ${format.whole(n)}`).join(", ")}
        </Text>
      )}
      {total("blocked") > 0 && <Text size="sm">{t("blocked", { n: total("blocked") })}</Text>}
      <Files files={report.files} />
      <Next report={report} {...(importNow ? { importNow } : {})} />
    </Stack>
  );
}

function merged(all: readonly Record<string, number>[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const one of all) for (const [code, n] of Object.entries(one)) found[code] = (found[code] ?? 0) + n;
  return found;
}

function Files({ files }: { files: readonly FileReport[] }) {
  const t = useWords(words);
  const format = useFormat();
  const columns: Column<FileReport>[] = [
    { key: "file", title: t("file") },
    { key: "status", title: t("result"), cell: (f) => <Badge color={COLOUR[f.status]}>{t(`status_${f.status}`)}</Badge>, value: (f) => f.status },
    { key: "preset", title: t("preset") },
    { key: "rows", title: t("rows"), align: "right", cell: (f) => format.whole(f.rows) },
    { key: "taken", title: t("taken"), align: "right", cell: (f) => format.whole(f.taken) },
    { key: "repeated", title: t("repeated"), align: "right", cell: (f) => format.whole(f.repeated) },
    { key: "quarantined", title: t("quarantined"), align: "right", cell: (f) => format.whole(sum(f.quarantined)), value: (f) => sum(f.quarantined) },
    { key: "note", title: t("note"), wrap: true },
  ];
  return <DataTable columns={columns} rows={files} rowKey={(f) => f.file + f.batch} label={t("report")} csvName="import" />;
}

function Next({ report, importNow }: { report: Report; importNow?: () => void }) {
  const t = useWords(words);
  const go = useGo();
  if (report.dry_run) {
    return importNow ? (
      <Group justify="flex-end">
        <Button onClick={importNow}>{t("importNow")}</Button>
      </Group>
    ) : null;
  }
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {t("next")}
      </Text>
      <Group gap={8}>
        {sum(report.quarantined) > 0 && <Button onClick={() => go("/sources/quarantine")}>{t("toQuarantine")}</Button>}
        {report.conflicts > 0 && (
          <Button variant="default" onClick={() => go("/identity", { tab: "conflicts" })}>
            {t("toConflicts")}
          </Button>
        )}
        <Button variant="default" onClick={() => go("/customers")}>
          {t("toCustomers")}
        </Button>
        <Button variant="default" onClick={() => go("/segments")}>
          {report.segments === 0 ? t("toStarter") : t("toSegments")}
        </Button>
      </Group>
      {report.taken > 0 && (
        <Text size="xs" c="dimmed" mt={6}>
          {t("consent")}
        </Text>
      )}
    </div>
  );
}
