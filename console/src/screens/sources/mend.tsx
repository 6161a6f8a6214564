/** An import's mapping, mended on its quarantined rows: tried, then read again with it. */
import { Alert, Button, Group, List, Stack, Tabs, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api";
import { Answer, Panel, sayError, useFormat, useLang, useWords } from "../../ui";
import { type Choice, type Job, type Says, useDo } from "./api";
import { Columns, Formats } from "./mapping";
import { words } from "./quarantine.words";

type Described = { mapping: Record<string, unknown>; columns: Choice[]; meanings: string[]; problems: { message: string; where: string }[] };
type Tried = { rows: number; taken: number; repeated: number; quarantined: Record<string, number>; reasons: Record<string, Says> };

export function Mend({ batch, close, started }: { batch: number; close: () => void; started: (job: Job) => void }) {
  const t = useWords(words);
  const format = useFormat();
  const lang = useLang();
  const first = useQuery({ queryKey: ["look", "mend", batch], queryFn: () => api.get<Described>(`/v1/imports/${batch}/mapping`), staleTime: Infinity });
  const [edited, setEdited] = useState<Described | null>(null);
  const now = edited ?? first.data;
  const edit = async (mapping: unknown, change: object[] = []) => {
    try {
      setEdited(await api.post<Described>(`/v1/imports/${batch}/mapping`, { mapping, change }));
      test.reset();
    } catch (error) {
      sayError(error);
    }
  };
  const test = useDo(() => api.post<Tried>("/v1/quarantine/try", { batch, mapping: now?.mapping }), []);
  const replay = useDo(() => api.post<Job>("/v1/quarantine/replay", { batch, mapping: now?.mapping }), ["jobs"]);
  const held = Object.entries(test.data?.quarantined ?? {});
  const left = held.reduce((a, [, n]) => a + n, 0);
  return (
    <Panel
      title={t("mapping", { n: String(batch) })}
      right={
        <Button variant="subtle" color="gray" size="compact-xs" onClick={close}>
          {t("close")}
        </Button>
      }
    >
      <Answer query={first} height={200}>
        {() =>
          now && (
            <Stack gap="sm">
              <Tabs defaultValue="formats">
                <Tabs.List>
                  <Tabs.Tab value="formats">{t("formats")}</Tabs.Tab>
                  <Tabs.Tab value="columns">{t("columns")}</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="formats" pt="xs">
                  <Stack gap="sm">
                    <Dates mapping={now.mapping} change={(mapping) => void edit(mapping)} />
                    <Formats mapping={now.mapping} change={(mapping) => void edit(mapping)} />
                  </Stack>
                </Tabs.Panel>
                <Tabs.Panel value="columns" pt="xs">
                  <Columns columns={now.columns} meanings={now.meanings} noExamples change={(one) => void edit(now.mapping, [one])} />
                </Tabs.Panel>
              </Tabs>
              {now.problems.length > 0 && (
                <Alert color="red">
                  <List size="sm">
                    {now.problems.map((p) => (
                      <List.Item key={p.where + p.message}>
                        {p.where}: {p.message}
                      </List.Item>
                    ))}
                  </List>
                </Alert>
              )}
              {test.data && (
                <Alert color={left ? "yellow" : "teal"} role="status">
                  <Text size="sm">
                    {left
                      ? t("would", { n: test.data.rows, taken: test.data.taken, held: left })
                      : t("wouldAll", { n: test.data.rows })}
                  </Text>
                  {held.map(([code, n]) => (
                    <Text key={code} size="sm">
                      {t("still", { says: test.data.reasons[code]?.[lang] ?? code, n: format.whole(n) })}
                    </Text>
                  ))}
                </Alert>
              )}
              <Group justify="flex-end" gap={8}>
                <Button variant="default" disabled={now.problems.length > 0} loading={test.isPending} onClick={() => test.mutate(undefined)}>
                  {t("try")}
                </Button>
                <Button disabled={now.problems.length > 0} loading={replay.isPending} onClick={() => replay.mutate(undefined, { onSuccess: started })}>
                  {t("replay")}
                </Button>
              </Group>
            </Stack>
          )
        }
      </Answer>
    </Panel>
  );
}

function Dates({ mapping, change }: { mapping: Record<string, unknown>; change: (mapping: Record<string, unknown>) => void }) {
  const t = useWords(words);
  const given = mapping["dates"];
  const text = (Array.isArray(given) ? given : given ? [given] : []).join("\n");
  const set = (value: string) => {
    const dates = value.split("\n").map((d) => d.trim()).filter(Boolean);
    const next = { ...mapping };
    if (dates.length) next["dates"] = dates;
    else delete next["dates"];
    if (value !== text) change(next);
  };
  return <Textarea key={text} label={t("dates")} description={t("datesSays")} autosize minRows={1} maxRows={4} maw={420} defaultValue={text} onBlur={(e) => set(e.currentTarget.value)} />;
}
