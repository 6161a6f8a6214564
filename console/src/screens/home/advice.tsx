import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconBulb } from "@tabler/icons-react";

import { Go, Sentence, useFormat, useView, useWords } from "../../ui";
import type { HomeData } from "./data";
import { words } from "./words";

type Told = { id: string; says: string; to: string; view?: Record<string, string> };

const KNOWN = ["lapsing_value", "second_order", "won_back", "big_quiet", "newcomers", "regulars"] as const;

function useAdvice(data: HomeData): Told[] {
  const t = useWords(words);
  const format = useFormat();
  const rows = data.quarantine.reduce((sum, each) => sum + each.rows, 0);
  const told: Told[] = [];
  if (data.imports.failed) told.push({ id: "failed", says: t("failed", { n: data.imports.failed }), to: "/sources/imports" });
  if (rows) told.push({ id: "quarantine", says: t("quarantine", { n: rows }), to: "/sources/quarantine" });
  for (const one of data.advice) {
    const id = KNOWN.find((known) => known === one.id);
    if (!id) continue;
    const says = t(id, { n: one.customers, value: format.moneyShort(one.value) });
    told.push({ id, says, to: "/segments/new", view: { rule: JSON.stringify(one.rule) } });
  }
  return told;
}

/** One line at a time; the next by button. Which one is in the URL, so that back is back. */
export function Advice({ data }: { data: HomeData }) {
  const t = useWords(words);
  const [view, set] = useView();
  const listed = useAdvice(data);
  const asked = Number(view["advice"] ?? 0);
  const at = listed.length ? ((asked % listed.length) + listed.length) % listed.length : 0;
  const one = listed[at];
  const turn = (step: number) => set({ advice: (at + step + listed.length) % listed.length || null }, { replace: true });
  return (
    <section className="panel" aria-label={t("next")} style={{ background: "var(--accent-soft)", borderColor: "transparent" }}>
      <Group className="body" justify="space-between" gap="sm" wrap="wrap" px={14} py={10}>
        <Group gap={10} wrap="nowrap" style={{ flex: "1 1 320px" }}>
          <IconBulb size={18} style={{ flex: "none" }} aria-hidden="true" />
          <Text size="sm" aria-live="polite">
            {one ? <Sentence>{one.says}</Sentence> : t("nothingToDo")}
          </Text>
        </Group>
        <Group gap={6}>
          <Button variant="filled" component="span">
            {one ? (
              <Go to={one.to} view={one.view ?? {}} style={{ color: "inherit" }}>
                {t("open")}
              </Go>
            ) : (
              <Go to="/understand/retention" style={{ color: "inherit" }}>
                {t("toUnderstand")}
              </Go>
            )}
          </Button>
          {listed.length > 1 && (
            <>
              <ActionIcon aria-label={t("previousAdvice")} onClick={() => turn(-1)}>
                ←
              </ActionIcon>
              <Text size="xs" c="dimmed">
                {t("nextOf", { i: at + 1, n: String(listed.length) })}
              </Text>
              <ActionIcon aria-label={t("nextAdvice")} onClick={() => turn(1)}>
                →
              </ActionIcon>
            </>
          )}
        </Group>
      </Group>
    </section>
  );
}
