/** Steps of a question: which event, under which conditions, in which order. */
import { ActionIcon, Button, Group, Popover, Text, Textarea } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconFilter, IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";

import { useWords } from "../../../ui";
import { type Fields, isFields, put, type Value } from "../question";
import styles from "../understand.module.css";
import { fieldText } from "./condition";
import { EventPick } from "./controls";
import { FieldFilter } from "./filters";
import { useNames } from "./names";
import { words } from "./words";

/** A step as the question has it: an event's name alone is a step, too. */
export const stepOf = (value: Value | undefined): Fields =>
  isFields(value) ? value : typeof value === "string" && value ? { event: value } : {};

export function StepPick({ label, value, onChange }: { label: string; value: Value; onChange: (value: Value) => void }) {
  const step = stepOf(value);
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <EventPick label={label} value={step["event"] ?? ""} onChange={(event) => onChange(event === "" ? null : put({ ...step, event }, "name", undefined))} />
      <StepWhere step={step} onChange={onChange} />
    </Group>
  );
}

/** What must hold of the step's event. */
function StepWhere({ step, onChange, flat = false }: { step: Fields; onChange: (value: Fields) => void; flat?: boolean }) {
  const t = useWords(words);
  const names = useNames();
  const [open, setOpen] = useState(false);
  const where = step["where"];
  const set = where !== undefined && where !== null;
  const simple = !set || (isFields(where) && !("all" in where) && !("any" in where));
  const fields = isFields(where) ? where : {};
  const says = set ? Object.entries(fields).map(([field, one]) => fieldText(field, one, t, names)).join(", ") : t("stepWhere");
  return (
    <Popover opened={open} onChange={setOpen} width={320} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant={set ? "light" : "subtle"}
          color={set ? "pine" : "gray"}
          size="compact-xs"
          leftSection={<IconFilter size={12} />}
          onClick={() => setOpen(!open)}
          mb={flat ? 0 : 4}
        >
          <Text size="xs" truncate maw={220}>
            {simple ? says : JSON.stringify(where)}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {set && simple && (
          <Group gap={6} mb={8}>
            {Object.entries(fields).map(([field, one]) => (
              <Button
                key={field}
                size="compact-xs"
                variant="light"
                rightSection={<IconX size={11} />}
                onClick={() => {
                  const rest = Object.fromEntries(Object.entries(fields).filter(([other]) => other !== field));
                  onChange(put(step, "where", Object.keys(rest).length ? rest : undefined));
                }}
              >
                {fieldText(field, one, t, names)}
              </Button>
            ))}
          </Group>
        )}
        {simple ? (
          <FieldFilter
            families={["event", "around"]}
            event={typeof step["event"] === "string" ? step["event"] : ""}
            onAdd={(_, field, operators) => {
              onChange(put(step, "where", { ...fields, [field]: operators }));
              setOpen(false);
            }}
          />
        ) : (
          <RawWhere value={where ?? null} onChange={(next) => onChange(put(step, "where", next))} />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

/** What is no simple condition is kept as it is written. */
export function RawWhere({ value, onChange }: { value: Value; onChange: (value: Value) => void }) {
  const t = useWords(words);
  const [text, setText] = useState(() => JSON.stringify(value, null, 1));
  const [wrong, setWrong] = useState(false);
  const done = () => {
    try {
      onChange(JSON.parse(text) as Value);
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <Textarea
      label={t("asYaml")}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      error={wrong ? t("notARule") : undefined}
      autosize
      minRows={3}
      ff="monospace"
    />
  );
}

type ListProps = { label: string; value: Value; min: number; max: number; onChange: (value: Value) => void };

export function StepList({ label, value, min, max, onChange }: ListProps) {
  const t = useWords(words);
  const steps = Array.isArray(value) ? value.map(stepOf) : [];
  const at = (n: number, next: Fields) => onChange(steps.map((one, m) => (m === n ? next : one)));
  const move = (n: number, by: number) => {
    const next = [...steps];
    const [one] = next.splice(n, 1);
    if (one) next.splice(n + by, 0, one);
    onChange(next);
  };
  return (
    <fieldset className={styles["steplist"]}>
      <legend>{label}</legend>
      <ol className={styles["steps"]}>
        {steps.map((step, n) => (
          <li key={n} className={styles["step"]}>
            <span className={styles["nth"]} aria-hidden>
              {n + 1}
            </span>
            <EventPick label="" value={step["event"] ?? ""} several={Array.isArray(step["event"])} onChange={(event) => at(n, put({ ...step, event }, "name", undefined))} wide={220} />
            <StepWhere flat step={step} onChange={(next) => at(n, next)} />
            <Group gap={0} wrap="nowrap">
              <ActionIcon aria-label={t("upStep", { n: n + 1 })} disabled={n === 0} onClick={() => move(n, -1)}>
                <IconArrowUp size={14} />
              </ActionIcon>
              <ActionIcon aria-label={t("downStep", { n: n + 1 })} disabled={n === steps.length - 1} onClick={() => move(n, 1)}>
                <IconArrowDown size={14} />
              </ActionIcon>
              <ActionIcon aria-label={t("removeStep", { n: n + 1 })} disabled={steps.length <= min} onClick={() => onChange(steps.filter((_, m) => m !== n))}>
                <IconX size={14} />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ol>
      <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={12} />} disabled={steps.length >= max} onClick={() => onChange([...steps, { event: "" }])}>
        {t("addStep")}
      </Button>
    </fieldset>
  );
}
