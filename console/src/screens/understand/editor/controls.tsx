/** The editor's small controls: each shows one value of a question and gives the next one. */
import { Group, MultiSelect, NumberInput, SegmentedControl, Select, Switch, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";

import { useFormat, useWords } from "../../../ui";
import { useCatalogue } from "../asking";
import type { Value } from "../question";
import styles from "../understand.module.css";
import { useOffered } from "./names";
import { between, daysOf, lengthOf, lengthText, PERIODS, type PeriodWord, type Unit, UNITS, wordOf } from "./period";
import { words } from "./words";

type Control<V> = { label: string; value: V; onChange: (value: V) => void };

const NONE = "-";

/** A period by its word, or from one day to another. */
export function PeriodPick({ label, value, onChange, empty }: Control<string> & { empty?: string }) {
  const t = useWords(words);
  const days = daysOf(value);
  const known = wordOf(value);
  const other = value !== "" && !known && !days;
  const today = useFormat().today();
  const pick = (next: string | null) => {
    if (next === NONE) onChange("");
    else if (next === "p_custom") onChange(`${today.slice(0, 8)}01..${today}`);
    else if (next && next in PERIODS) onChange(PERIODS[next as PeriodWord]);
  };
  const data = [
    ...(empty ? [{ value: NONE, label: empty }] : []),
    ...(Object.keys(PERIODS) as PeriodWord[]).map((word) => ({ value: word as string, label: t(word) })),
    { value: "p_custom", label: t("p_custom") },
    ...(other ? [{ value, label: value }] : []),
  ];
  return (
    <Group gap={8} align="flex-end">
      <Select label={label} data={data} value={days ? "p_custom" : value === "" ? NONE : (known ?? value)} onChange={pick} allowDeselect={false} w={150} maxDropdownHeight={360} />
      {days && (
        <>
          <Day label={t("from")} value={days.from} onChange={(from) => onChange(between(from, days.to) ?? value)} />
          <Day label={t("to")} value={days.to} onChange={(to) => onChange(between(days.from, to) ?? value)} />
        </>
      )}
    </Group>
  );
}

/** A day; it counts when it is whole, so that typing a year asks nothing. */
function Day({ label, value, onChange }: Control<string>) {
  const [typed, setTyped] = useState<string | null>(null);
  const done = () => {
    if (typed !== null && typed !== value) onChange(typed);
    setTyped(null);
  };
  return (
    <TextInput
      type="date"
      label={label}
      value={typed ?? value}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && done()}
    />
  );
}

/** One of few words: side by side up to three, a list beyond. */
export function Choice({ label, value, onChange, data }: Control<string> & { data: { value: string; label: string }[] }) {
  if (data.length > 3 || data.reduce((sum, one) => sum + one.label.length, 0) > 26)
    return <Select label={label} data={data} value={value} onChange={(next) => next !== null && onChange(next)} allowDeselect={false} w={170} />;
  return (
    <div>
      <span className={styles["label"]}>{label}</span>
      <SegmentedControl aria-label={label} data={data} value={value} onChange={onChange} />
    </div>
  );
}

export function Count({ label, value, onChange, min, max }: Control<number> & { min?: number | undefined; max?: number | undefined }) {
  const [typed, setTyped] = useState<string | number | null>(null);
  const done = () => {
    const number = Number(typed);
    if (typed !== null && typed !== "" && Number.isFinite(number) && number !== value) onChange(number);
    setTyped(null);
  };
  return (
    <NumberInput
      label={label}
      value={typed ?? value}
      onChange={setTyped}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && done()}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      w={110}
      hideControls
    />
  );
}

export const Toggle = ({ label, value, onChange }: Control<boolean>) => (
  <Switch label={label} checked={value} onChange={(event) => onChange(event.currentTarget.checked)} mb={5} />
);

/** A length of time: how many of which unit. Empty: no limit. */
export function LengthPick({ label, value, onChange, empty = false }: Control<string> & { empty?: boolean }) {
  const t = useWords(words);
  const read = lengthOf(value);
  const [typed, setTyped] = useState<string | number | null>(null);
  const unit: Unit = read?.unit ?? "day";
  const done = () => {
    const n = Number(typed);
    if (typed === "" && empty) onChange("");
    else if (typed !== null && Number.isInteger(n) && n > 0) onChange(lengthText({ n, unit }));
    setTyped(null);
  };
  if (value && !read) return <TextInput label={label} defaultValue={value} onBlur={(event) => onChange(event.currentTarget.value)} w={140} />;
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <NumberInput
        label={label}
        placeholder={empty ? t("noLimit") : ""}
        value={typed ?? read?.n ?? ""}
        onChange={setTyped}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
        min={1}
        w={84}
        hideControls
      />
      <Select
        aria-label={t("unitOf", { what: label })}
        data={UNITS.map((one) => ({ value: one, label: t(one, { n: read?.n ?? 2 }) }))}
        value={unit}
        onChange={(next) => next && read && onChange(lengthText({ n: read.n, unit: next as Unit }))}
        allowDeselect={false}
        w={92}
      />
    </Group>
  );
}

/** An event by its name, the frequent ones first. Several count as one where `several`. Nothing chosen: every event. */
export function EventPick({ label, value, onChange, several = false, wide = 200 }: Control<Value> & { several?: boolean; wide?: number }) {
  const t = useWords(words);
  const format = useFormat();
  const events = useCatalogue().data?.events;
  const chosen = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string" && one !== "" && one !== "any");
  const data = useMemo(() => {
    const known = (events ?? []).map((one) => ({ value: one.event, label: `${one.label} · ${format.short(one.count)}` }));
    const missing = chosen.filter((one) => !known.some((row) => row.value === one));
    return [...known, ...missing.map((one) => ({ value: one, label: one }))];
    // chosen is made anew each time; its words are what counts
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [events, format, chosen.join("\n")]);
  if (several || chosen.length > 1)
    return (
      <MultiSelect
        label={label}
        placeholder={chosen.length ? "" : t("anyEvent")}
        data={data}
        value={chosen}
        onChange={(next) => onChange(next.length === 1 ? (next[0] ?? "") : next)}
        searchable
        clearable
        nothingFoundMessage={t("noneFound")}
        miw={wide}
        maw={420}
      />
    );
  return (
    <Select
      label={label}
      placeholder={t("anyEvent")}
      data={data}
      value={chosen[0] ?? null}
      onChange={(next) => onChange(next ?? "")}
      searchable
      clearable
      nothingFoundMessage={t("noneFound")}
      w={wide}
    />
  );
}

const FAMILIES = ["event", "around", "trait", "segment"] as const;

/** What an answer is broken down by. */
export function ByPick({ label, value, onChange }: Control<string>) {
  const t = useWords(words);
  const offered = useOffered(FAMILIES);
  const known = offered.some((group) => group.items.some((one) => one.value === value));
  const data = [
    ...offered.map((group) => ({ group: group.group, items: group.items.map((one) => ({ value: one.value, label: one.label })) })),
    ...(value && !known ? [{ value, label: value.split(":").slice(1).join(":") || value }] : []),
  ];
  return (
    <Select
      label={label}
      placeholder={t("byNothing")}
      data={data}
      value={value || null}
      onChange={(next) => onChange(next ?? "")}
      searchable
      clearable
      nothingFoundMessage={t("noneFound")}
      w={190}
      maxDropdownHeight={360}
    />
  );
}
