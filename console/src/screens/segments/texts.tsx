/** The rule as text: YAML both ways, SQL both ways where a rule can say it. */
import { Code, Stack, Text, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api";
import { Copy, Panel, useLang, useWords } from "../../ui";
import { type Checked, type Document, type Problem, useNewest, useRested } from "./api";
import { type Desk, emptyRoot, fromDocument, toDocument } from "./draft";
import { type Json, readRoot, same } from "./tree";
import { words } from "./words";
import { yaml } from "./yaml";

const MONO = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5, lineHeight: 1.5 } };

type TextProps = { desk: Desk; checked: Checked | undefined; readOnly: boolean };

/** What was written, read by the server. */
const asked = (kind: "yaml" | "sql", text: string, lang: string) => ({
  queryKey: ["written", kind, text, lang],
  queryFn: ({ signal }: { signal: AbortSignal }) => api.post<Checked>("/v1/rules/check", { text, kind }, { signal }),
  retry: false,
});

/** What is typed here is read by the server; what can be read and is sound becomes the draft, a moment after the last stroke or as the hand leaves, be it to another tab. */
function useWritten(kind: "yaml" | "sql", from: string, take: (found: Checked) => void) {
  const lang = useLang();
  const client = useQueryClient();
  const [text, setText] = useState(from);
  const [touched, touch] = useState(false);
  const rested = useRested(text, 350);
  const filled = touched && text.trim() !== "";
  const read = useQuery({ ...asked(kind, rested, lang), enabled: filled && rested === text });
  const newest = useNewest(take);
  const written = useNewest(text);
  useEffect(() => {
    if (!touched) setText(from);
  }, [from, touched]);
  const found = touched && rested === text ? read.data : undefined;
  useEffect(() => {
    if (found?.where !== undefined) newest.current(found);
  }, [found]);
  const write = (next: string) => {
    touch(true);
    setText(next);
  };
  const settle = async () => {
    if (!filled) return touch(false);
    // what cannot be read stays as it was written, with its problems beside it
    const last = await client.fetchQuery({ ...asked(kind, text, lang), staleTime: Infinity }).catch(() => undefined);
    if (last?.where === undefined || written.current !== text) return undefined;
    newest.current(last);
    return touch(false);
  };
  return { text, write, problems: found?.problems ?? [], busy: filled && (rested !== text || read.isFetching), settle: () => void settle() };
}

function Problems({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <Stack gap={4} role="alert" mt={8}>
      {problems.map((problem) => (
        <Text key={problem.where + problem.message} size="sm" c="var(--bad)">
          <b>{problem.where}</b> {problem.message} {problem.hint}
        </Text>
      ))}
    </Stack>
  );
}

export function Yaml({ desk, readOnly }: TextProps) {
  const t = useWords(words);
  const shown = { ...desk.document, where: desk.draft.root.parts.length ? desk.document.where : {} };
  const take = (found: Checked) => {
    const written = found.document as (Partial<Document> & Record<string, Json>) | undefined;
    const whole = written && typeof written === "object" && "where" in written && "segment" in written;
    const next = whole ? fromDocument({ ...desk.document, ...written, segment: desk.document.segment || String(written.segment), where: found.where ?? null }) : { ...desk.draft, root: readRoot(found.where ?? null) };
    if (!same(toDocument(next) as unknown as Json, desk.document as unknown as Json)) desk.change(next);
  };
  const { text, write, problems, busy, settle } = useWritten("yaml", yaml(shown as unknown as Json), take);
  return (
    <Panel title={t("tabYaml")} right={<Copy text={text} />}>
      <Text size="xs" c="dimmed" mb={8}>
        {t("yamlHelp")}
      </Text>
      <Textarea aria-label={t("tabYaml")} aria-busy={busy} autosize minRows={14} maxRows={36} value={text} readOnly={readOnly} styles={MONO} spellCheck={false} onChange={(e) => write(e.currentTarget.value)} onBlur={settle} />
      <Problems problems={problems} />
    </Panel>
  );
}

export function Sql({ desk, checked, readOnly }: TextProps) {
  const t = useWords(words);
  const short = desk.draft.root.parts.length === 0 ? "SELECT customer_id FROM customers WHERE " : (checked?.sql ?? null);
  const take = (found: Checked) => {
    if (!same(found.where ?? null, desk.document.where)) desk.change({ ...desk.draft, root: found.where === undefined ? emptyRoot : readRoot(found.where) });
  };
  const { text, write, problems, busy, settle } = useWritten("sql", short ?? "", take);
  return (
    <Stack gap={12}>
      <Panel title={t("sqlShort")} right={<Copy text={text} />}>
        <Text size="xs" c="dimmed" mb={8}>
          {short === null && problems.length === 0 ? t("sqlNone") : t("sqlHelp")}
        </Text>
        {(short !== null || problems.length > 0) && (
          <Textarea aria-label={t("sqlShort")} aria-busy={busy} autosize minRows={6} maxRows={24} value={text} readOnly={readOnly} styles={MONO} spellCheck={false} onChange={(e) => write(e.currentTarget.value)} onBlur={settle} />
        )}
        <Problems problems={problems} />
      </Panel>
      {checked?.query && (
        <Panel title={t("sqlFull")} right={<Copy text={checked.query} />}>
          <Code block tabIndex={0} mah={420} style={{ overflow: "auto" }}>
            {checked.query}
          </Code>
        </Panel>
      )}
    </Stack>
  );
}
