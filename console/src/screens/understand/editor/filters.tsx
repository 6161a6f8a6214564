/** What narrows a question: pills, and a small form to add one more. */
import { Button, Group, Popover, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";

import { Pills, useWords } from "../../../ui";
import { type Catalogue, useCatalogue, type Word } from "../asking";
import { type Fields, narrow, put, type Question } from "../question";
import { cleared, filtersOf, type Operator, operatorsFor, operatorsOf, withField, without } from "./condition";
import { bare, type Family, useNames, useOffered } from "./names";
import { words } from "./words";

const ALL: readonly Family[] = ["event", "around", "trait", "segment"];

export function Filters({ question, onChange }: { question: Question; onChange: (question: Question) => void }) {
  const t = useWords(words);
  const names = useNames();
  const [open, setOpen] = useState(false);
  const found = filtersOf(question, t, names);
  const add = (what: string, field: string, operators: Fields) => {
    setOpen(false);
    if (what === "segment") onChange(narrow(question, "member" in operators ? { in: field } : { not_in: field }));
    else if (what === "trait") onChange(narrow(question, { trait: field, ...operators }));
    else onChange(withField(question, field, "is" in operators && Object.keys(operators).length === 1 ? (operators["is"] ?? null) : operators));
  };
  return (
    <Pills
      pills={found.map((one) => ({ id: JSON.stringify(one.place), says: one.says, remove: () => onChange(without(question, one.place)) }))}
      clear={() => onChange(cleared(question))}
    >
      <Popover opened={open} onChange={setOpen} width={320} shadow="md" trapFocus returnFocus position="bottom-start">
        <Popover.Target>
          <Button variant="subtle" color="gray" size="compact-xs" leftSection={<IconPlus size={12} />} onClick={() => setOpen(!open)}>
            {t("addFilter")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <FieldFilter families={ALL} event="" onAdd={add} />
        </Popover.Dropdown>
      </Popover>
    </Pills>
  );
}

/** The words a field is known to have. */
function valuesOf(found: Catalogue | undefined, subject: string | null): Word[] {
  if (!found || !subject) return [];
  const [what, name] = [subject.slice(0, subject.indexOf(":")), bare(subject)];
  if (what === "trait") return found.traits.find((one) => one.name === name)?.values ?? [];
  return [...found.fields.around, ...found.fields.events].find((one) => one.name === name)?.values ?? [];
}

type FieldFilterProps = {
  families: readonly Family[];
  /** Properties of this event are offered, too. */
  event: string;
  /** `trait`, `segment` or `property`; its name; what must hold. */
  onAdd: (what: string, field: string, operators: Fields) => void;
};

/** One field, one operator, one value. */
export function FieldFilter({ families, event, onAdd }: FieldFilterProps) {
  const t = useWords(words);
  const offered = useOffered(families);
  const found = useCatalogue().data;
  const [subject, setSubject] = useState<string | null>(null);
  const [operator, setOperator] = useState<Operator | "member" | "not_member" | null>(null);
  const [text, setText] = useState("");
  const groups = useMemo(() => {
    const columns = new Set(offered.flatMap((group) => group.items.map((one) => one.value)));
    const own = (found?.events.find((one) => one.event === event)?.properties ?? [])
      .map((one) => ({ value: `property:${one.name}`, label: one.name, type: one.types.includes("number") ? "number" : "text" }))
      .filter((one) => !columns.has(one.value));
    return own.length ? [...offered, { group: event, items: own }] : offered;
  }, [offered, found, event]);
  const type = groups.flatMap((group) => group.items).find((one) => one.value === subject)?.type ?? "text";
  const [what = "", ...rest] = (subject ?? "").split(":");
  const values = valuesOf(found, subject);
  const operators = type === "segment" ? (["member", "not_member"] as const) : operatorsFor(type);
  const chosen = operator && (operators as readonly string[]).includes(operator) ? operator : (operators[0] ?? "is");
  const alone = chosen === "exists" || chosen === "missing" || chosen === "member" || chosen === "not_member";
  const submit = (said: FormEvent) => {
    said.preventDefault();
    if (!subject || (!alone && !text.trim())) return;
    const held = chosen === "member" || chosen === "not_member" ? put({}, chosen, true) : operatorsOf(chosen, text, type, t);
    onAdd(what, rest.join(":"), held);
    setText("");
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={8}>
        <Select
          label={t("about")}
          data={groups.map((group) => ({ group: group.group, items: group.items.map(({ value, label }) => ({ value, label })) }))}
          value={subject}
          onChange={setSubject}
          searchable
          nothingFoundMessage={t("noneFound")}
          comboboxProps={{ withinPortal: false }}
          data-autofocus
        />
        <Select
          label={t("operator")}
          data={operators.map((one) => ({ value: one, label: t(`op_${one}`) }))}
          value={chosen}
          onChange={(next) => setOperator(next as Operator)}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
        />
        {!alone && chosen === "in" && <Textarea label={t("values")} value={text} onChange={(said) => setText(said.currentTarget.value)} autosize minRows={2} maxRows={8} />}
        {!alone && chosen !== "in" && (type === "bool" || (values.length > 0 && chosen !== "contains")) && (
          <Select
            label={t("value")}
            data={type === "bool" ? [{ value: "true", label: t("yes") }, { value: "false", label: t("no") }] : values}
            value={text || null}
            onChange={(next) => setText(next ?? "")}
            searchable
            comboboxProps={{ withinPortal: false }}
          />
        )}
        {!alone && chosen !== "in" && type !== "bool" && (values.length === 0 || chosen === "contains") && <TextInput label={t("value")} value={text} onChange={(said) => setText(said.currentTarget.value)} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={!subject || (!alone && !text.trim())}>
            {t("apply")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
