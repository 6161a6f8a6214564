/** What customers did: events, a filter on their fields, counts and measures, windows, since another event; sequences. */
import { ActionIcon, Button, Checkbox, Group, Select, Stack, Text } from "@mantine/core";
import { IconFilter, IconPlus, IconX } from "@tabler/icons-react";

import { useWords } from "../../../ui";
import type { Fields } from "../api";
import { coded, words } from "../builder.words";
import { type CardProps, useHand } from "../hand";
import { COUNTS, type DidCard, type FieldTest, type Filter, type Happened, MEASURES, newId, type SequenceCard, type Step, type Test } from "../tree";
import { type Asked, fresh, TestRows } from "./tests";
import { LengthInput, Windows } from "./window";
import { EventSelect } from "./pick";
import { Raw } from "./raw";

type Known = { name: string; label: string; group: string; values?: Asked["values"]; from?: Asked["from"]; section: "columns" | "around" | "properties" };

/** Every field that can be asked of these events (or of their order lines). */
export function fieldsOf(fields: Fields, names: readonly string[], items: boolean): Known[] {
  const of = items ? "items" : "events";
  const event = names.length === 1 ? names[0] : undefined;
  const columns = fields.fields[of].map((c): Known => ({ ...c, section: "columns", from: c.group === "text" ? { of, field: c.name, event } : undefined }));
  const around = fields.fields.around.map((c): Known => ({ ...c, section: "around" }));
  const told = new Map<string, Known>();
  if (!items) {
    for (const e of fields.events) {
      if (names.length > 0 && !names.includes(e.event)) continue;
      for (const p of e.properties) {
        if (columns.some((c) => c.name === p.name)) continue;
        told.set(p.name, { name: p.name, label: p.name, group: "json", section: "properties", values: p.examples.map((v) => ({ value: v, label: v })) });
      }
    }
  }
  return [...columns, ...told.values(), ...around];
}

const known = (all: readonly Known[], name: string): Known => all.find((f) => f.name === name) ?? { name, label: name, group: "json", section: "properties" };

export function DidBody({ card, set }: CardProps<DidCard>) {
  const t = useWords(words);
  const { fields } = useHand();
  const all = fieldsOf(fields, card.names, card.items);
  const measured = card.measure ? known(all, card.measure.field) : null;
  const result = !card.measure ? "times" : ["first", "last"].includes(card.measure.kind) ? (measured?.group === "time" ? "text" : (measured?.group ?? "json")) : "number";
  const operators = card.measure ? (fields.operators[result] ?? COUNTS) : COUNTS;
  const label = t("event");
  return (
    <Stack gap={6}>
      <Group gap={6}>
        <EventSelect names={card.names} set={(names) => set({ ...card, names })} />
        <Select
          aria-label={t("measure")}
          data={[{ value: "", label: t("times") }, ...MEASURES.map((m) => ({ value: m as string, label: coded(t, "m_", m) }))]}
          value={card.measure?.kind ?? ""}
          w={132}
          allowDeselect={false}
          onChange={(kind) => set({ ...card, measure: kind ? { kind, field: card.measure?.field ?? firstField(all, kind) } : null, tests: [{ op: "at_least", value: 1 }] })}
        />
        {card.measure && <FieldSelect all={all} name={card.measure.field} set={(field) => set({ ...card, measure: { kind: card.measure?.kind ?? "sum", field } })} label={t("field")} />}
        <TestRows tests={card.tests} set={(tests) => set({ ...card, tests })} asked={{ group: result, operators, label, values: measured?.values, from: measured?.from }} />
        {card.tests.length === 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => set({ ...card, tests: [{ op: "at_least", value: 2 }] })}>
            {t("addCount")}
          </Button>
        )}
      </Group>
      <FilterRows filter={card.where} set={(where) => set({ ...card, where })} all={all} />
      <Group gap={6}>
        <Windows windows={card.windows} set={(windows) => set({ ...card, windows })} label={label} />
        <SinceInput since={card.since} set={(since) => set({ ...card, since })} />
        <Checkbox label={t("ofItems")} checked={card.items} onChange={(e) => set({ ...card, items: e.currentTarget.checked, where: null })} />
      </Group>
    </Stack>
  );
}

const firstField = (all: readonly Known[], kind: string): string =>
  (["first", "last", "distinct"].includes(kind) ? all.find((f) => f.name === "category") : all.find((f) => f.name === "amount"))?.name ?? all[0]?.name ?? "amount";

function SinceInput({ since, set }: { since: Happened | null; set: (since: Happened | null) => void }) {
  const t = useWords(words);
  if (!since) {
    return (
      <Button size="compact-xs" variant="subtle" onClick={() => set({ names: ["Order Completed"], where: null })}>
        {t("addSince")}
      </Button>
    );
  }
  return (
    <Group gap={6}>
      <Text size="xs">{t("since")}</Text>
      <EventSelect names={since.names} set={(names) => set({ ...since, names })} />
      <ActionIcon size="sm" aria-label={t("remove")} onClick={() => set(null)}>
        <IconX size={13} />
      </ActionIcon>
    </Group>
  );
}

function FieldSelect({ all, name, set, label }: { all: readonly Known[]; name: string; set: (name: string) => void; label: string }) {
  const t = useWords(words);
  const sections = (["columns", "properties", "around"] as const).map((section) => ({
    group: t(section),
    items: [...all, ...(all.some((f) => f.name === name) || !name ? [] : [known(all, name)])].filter((f) => f.section === section).map((f) => ({ value: f.name, label: f.label })),
  }));
  return <Select aria-label={label} data={sections.filter((s) => s.items.length > 0)} value={name || null} searchable w={150} allowDeselect={false} onChange={(v) => v && set(v)} />;
}

function FilterRows({ filter, set, all }: { filter: Filter | null; set: (filter: Filter | null) => void; all: readonly Known[] }) {
  const t = useWords(words);
  const { fields } = useHand();
  if (filter && "raw" in filter) return <Raw body={filter.raw} />;
  const rows = filter?.fields ?? [];
  const how = filter?.how ?? "all";
  const put = (next: FieldTest[], as = how) => set(next.length === 0 ? null : { how: as, listed: next.length > 1 || (filter?.listed ?? false), fields: next });
  const operators = (group: string) => (group === "time" ? ["before", "after", "since", "within", "during"] : (fields.operators[group] ?? []));
  const first = (): FieldTest => {
    const field = all.find((f) => f.name === "category") ?? all[0];
    return { id: newId(), name: field?.name ?? "category", not: false, tests: [{ op: "is", value: "" }] };
  };
  const renamed = (row: FieldTest, name: string): FieldTest => {
    const group = known(all, name).group;
    const op = operators(group)[0] ?? "is";
    return { ...row, name, tests: [{ op, value: fresh(op, group, null) }] };
  };
  return (
    <Stack gap={6} pl={rows.length ? 10 : 0} style={rows.length ? { borderLeft: "2px solid var(--line)" } : undefined}>
      {rows.length > 1 && (
        <Select
          aria-label={t("where")}
          w={120}
          allowDeselect={false}
          data={[{ value: "all", label: t("filterAll") }, { value: "any", label: t("filterAny") }]}
          value={how}
          onChange={(v) => put([...rows], v === "any" ? "any" : "all")}
        />
      )}
      {rows.map((row, i) => {
        const field = known(all, row.name);
        const change = (next: FieldTest) => put(rows.map((r, j) => (i === j ? next : r)));
        return (
          <Group key={row.id} gap={6}>
            <Text size="xs" c="dimmed" w={36}>
              {i === 0 ? t("where") : how === "all" ? t("and") : t("or")}
            </Text>
            <FieldSelect all={all} name={row.name} set={(name) => change(renamed(row, name))} label={t("field")} />
            <Checkbox label={t("not")} checked={row.not} onChange={(e) => change({ ...row, not: e.currentTarget.checked })} />
            <TestRows tests={row.tests} set={(tests) => change({ ...row, tests })} least={1} asked={{ group: field.group, operators: operators(field.group), label: field.label, values: field.values, from: field.from }} />
            <ActionIcon size="sm" aria-label={t("remove")} onClick={() => put(rows.filter((_, j) => j !== i))}>
              <IconX size={13} />
            </ActionIcon>
          </Group>
        );
      })}
      <Group gap={6}>
        <Button size="compact-xs" variant="subtle" leftSection={<IconFilter size={13} />} onClick={() => put([...rows, first()])}>
          {t("addField")}
        </Button>
      </Group>
    </Stack>
  );
}

export function SequenceBody({ card, set }: CardProps<SequenceCard>) {
  const t = useWords(words);
  const { fields } = useHand();
  const put = (i: number, next: Step) => set({ ...card, steps: card.steps.map((s, j) => (i === j ? next : s)) });
  const more = (): Step => ({ id: newId(), names: ["Order Completed"], where: null, within: "", notBetween: null });
  return (
    <Stack gap={8}>
      {card.steps.map((step, i) => (
        <Stack key={step.id} gap={4} pl={10} style={{ borderLeft: "2px solid var(--accent)" }}>
          <Group gap={6}>
            <Text size="xs" fw={600}>
              {t("step", { n: i + 1 })}
            </Text>
            <EventSelect names={step.names} set={(names) => put(i, { ...step, names })} />
            {i > 0 && <Within step={step} set={(next) => put(i, next)} />}
            {i > 0 && <Between step={step} set={(next) => put(i, next)} />}
            {card.steps.length > 2 && (
              <ActionIcon size="sm" aria-label={t("remove")} onClick={() => set({ ...card, steps: card.steps.filter((_, j) => j !== i).map((s, j) => (j ? s : { ...s, within: "", notBetween: null })) })}>
                <IconX size={13} />
              </ActionIcon>
            )}
          </Group>
          <FilterRows filter={step.where} set={(where) => put(i, { ...step, where })} all={fieldsOf(fields, step.names, false)} />
        </Stack>
      ))}
      <Group gap={6}>
        <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} />} onClick={() => set({ ...card, steps: [...card.steps, more()] })}>
          {t("addStep")}
        </Button>
        <Windows windows={card.windows} set={(windows: Test[]) => set({ ...card, windows })} label={t("sequence")} />
      </Group>
    </Stack>
  );
}

function Within({ step, set }: { step: Step; set: (step: Step) => void }) {
  const t = useWords(words);
  return (
    <Group gap={6}>
      <Checkbox label={t("withinStep")} checked={step.within !== ""} onChange={(e) => set({ ...step, within: e.currentTarget.checked ? "3 days" : "" })} />
      {step.within && <LengthInput value={step.within} set={(within) => set({ ...step, within })} label={t("withinStep")} />}
    </Group>
  );
}

function Between({ step, set }: { step: Step; set: (step: Step) => void }) {
  const t = useWords(words);
  return (
    <Group gap={6}>
      <Checkbox label={t("notBetween")} checked={step.notBetween !== null} onChange={(e) => set({ ...step, notBetween: e.currentTarget.checked ? { names: ["Order Cancelled"], where: null } : null })} />
      {step.notBetween && <EventSelect names={step.notBetween.names} set={(names) => set({ ...step, notBetween: { names, where: step.notBetween?.where ?? null } })} />}
    </Group>
  );
}
