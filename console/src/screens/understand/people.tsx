/** Who is behind a number: how many, some of them, a segment of them, their recordings. */
import { Button, CloseButton, Drawer, Group, Stack, Text } from "@mantine/core";
import { IconMovie, IconUsersPlus } from "@tabler/icons-react";

import { Answer, Empty, Explanation, Go, useGo, useWords } from "../../ui";
import { type People as Found, type Row, usePeople } from "./asking";
import type { Question } from "./question";
import { words } from "./words";

type PeopleProps = { kind: string; question: Question; cell: Row | null; onClose: () => void };

export function People({ kind, question, cell, onClose }: PeopleProps) {
  const t = useWords(words);
  const query = usePeople(kind, question, cell);
  return (
    <Drawer.Root opened={cell !== null} onClose={onClose} position="right" size={420}>
      <Drawer.Overlay backgroundOpacity={0.3} />
      <Drawer.Content aria-label={t("people")}>
        <Drawer.Body pt="md">
          <Group justify="space-between" mb="sm">
            <Text fw={600}>{t("people")}</Text>
            <CloseButton aria-label={t("close")} onClick={onClose} />
          </Group>
          {cell && (
            <Answer query={query} height={240} empty={(data) => (data.customers === 0 ? <Empty why={t("peopleNone")} /> : null)}>
              {(data) => <Behind data={data} kind={kind} question={question} cell={cell} />}
            </Answer>
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Behind({ data, kind, question, cell }: { data: Found; kind: string; question: Question; cell: Row }) {
  const t = useWords(words);
  const go = useGo();
  return (
    <Stack gap="md">
      <div>
        <Text size="xl" fw={650}>
          {t("peopleOf", { n: data.customers })}
        </Text>
        {data.sentence && <Text size="sm">{data.sentence}</Text>}
      </div>
      <Group gap={8}>
        {data.rule && (
          <Button leftSection={<IconUsersPlus size={14} />} onClick={() => go("/segments/new", { rule: JSON.stringify(data.rule) })}>
            {t("makeSegment")}
          </Button>
        )}
        <Button variant="default" leftSection={<IconMovie size={14} />} onClick={() => go("/understand/replays", { of: JSON.stringify({ kind, question, cell }) })}>
          {t("seeReplays")}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {data.rule ? t(data.exact ? "ruleExact" : "ruleNear") : t("ruleNone")}
      </Text>
      <div>
        <Group gap="4px 10px">
          {data.ids.slice(0, 60).map((id) => (
            <Go key={id} to={`/customers/C${id}`} aria-label={t("seeProfile", { id: `C${id}` })}>
              {`C${id}`}
            </Go>
          ))}
        </Group>
        {data.customers > Math.min(60, data.ids.length) && (
          <Text size="xs" c="dimmed" mt={6}>
            {t("peopleMore", { shown: Math.min(60, data.ids.length), n: data.customers })}
          </Text>
        )}
      </div>
      <Explanation query={data.sql} />
    </Stack>
  );
}
