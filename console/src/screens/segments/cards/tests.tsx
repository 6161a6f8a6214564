/** Operators and their values: one row a test. */
import { ActionIcon, Autocomplete, Group, MultiSelect, NumberInput, Select, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";

import { useWords } from "../../../ui";
import { useValues, type Value } from "../api";
import { coded, words } from "../builder.words";
import type { Json, Test } from "../tree";
import { WindowInput } from "./window";

export type Asked = {
  /** What may be compared: number, text, bool, time, list, json, times. */
  group: string;
  operators: readonly string[];
  /** Values that are known from the start. */
  values?: readonly Value[] | undefined;
  /** Where more values come from while somebody types. */
  from?: { of: "traits" | "events" | "items"; field: string; event?: string | undefined } | undefined;
  label: string;
};

const SEVERAL = ["in", "not_in", "has_any", "has_all"];
const NOTHING = ["exists", "missing"];
const ORDER = ["at_least", "at_most", "above", "below", "exactly", "between"];
const list = (value: Json): string[] => (Array.isArray(value) ? value.map(String) : value === "" || value === null ? [] : [String(value)]);

/** A first value for an operator, as near to the one before as it goes. */
export function fresh(op: string, group: string, before: Json): Json {
  if (NOTHING.includes(op)) return true;
  if (group === "time") return op === "during" ? "this month" : op === "between" ? [today(-30), today(0)] : op.includes("within") ? "30 days" : today(0);
  const first = Array.isArray(before) ? (before[0] ?? null) : before;
  if (op === "between") return typeof first === "number" ? [first, first * 2] : [1, 2];
  if (SEVERAL.includes(op)) return Array.isArray(before) ? before : first === null || first === true || first === "" ? [] : [first];
  if (group === "bool") return typeof first === "boolean" ? first : true;
  if (group === "number" || group === "times" || (ORDER.includes(op) && group === "json")) return typeof first === "number" ? first : 1;
  return first === null || first === true ? "" : first;
}

const today = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export function TestRows({ tests, set, asked, least = 0 }: { tests: readonly Test[]; set: (tests: Test[]) => void; asked: Asked; least?: number }) {
  const t = useWords(words);
  const put = (i: number, next: Test) => set(tests.map((test, j) => (i === j ? next : test)));
  return (
    <>
      {tests.map((test, i) => {
        const free = asked.operators.filter((op) => op === test.op || !tests.some((other) => other.op === op));
        return (
          <Group key={test.op} gap={6} wrap="wrap" align="center">
            <Select
              aria-label={`${asked.label}: ${t("operator")}`}
              data={free.map((op) => ({ value: op, label: coded(t, "op_", op) }))}
              value={test.op}
              w={128}
              allowDeselect={false}
              onChange={(op) => op && put(i, { op, value: fresh(op, asked.group, test.value) })}
            />
            <ValueInput test={test} asked={asked} set={(value) => put(i, { ...test, value })} />
            {tests.length > least && (
              <ActionIcon size="sm" aria-label={t("remove")} onClick={() => set(tests.filter((_, j) => j !== i))}>
                <IconX size={13} />
              </ActionIcon>
            )}
          </Group>
        );
      })}
    </>
  );
}

function ValueInput({ test, asked, set }: { test: Test; asked: Asked; set: (value: Json) => void }) {
  const t = useWords(words);
  const { op, value } = test;
  const label = `${asked.label}: ${t("value")}`;
  if (NOTHING.includes(op)) return null;
  if (asked.group === "time") return <WindowInput kind={op} value={value} set={set} label={asked.label} />;
  if (op === "between") {
    const [low, high] = Array.isArray(value) ? value : [1, 2];
    return (
      <>
        <NumberInput aria-label={`${label} ${t("from")}`} value={Number(low)} w={104} onChange={(v) => set([Number(v), high ?? 0])} thousandSeparator="," />
        <span aria-hidden="true">–</span>
        <NumberInput aria-label={`${label} ${t("to")}`} value={Number(high)} w={104} onChange={(v) => set([low ?? 0, Number(v)])} thousandSeparator="," />
      </>
    );
  }
  if (asked.group === "bool" || typeof value === "boolean") {
    const data = [{ value: "true", label: t("yes") }, { value: "false", label: t("no") }];
    return <Select aria-label={label} data={data} value={String(value)} w={96} allowDeselect={false} onChange={(v) => set(v === "true")} />;
  }
  const numeric = asked.group === "number" || asked.group === "times" || (asked.group === "json" && typeof value === "number");
  if (numeric && !SEVERAL.includes(op)) {
    return <NumberInput aria-label={label} value={typeof value === "number" ? value : ""} w={120} thousandSeparator="," onChange={(v) => set(v === "" ? null : Number(v))} />;
  }
  if (numeric && asked.group === "number") {
    return <TagsInput aria-label={`${asked.label}: ${t("values")}`} size="xs" value={list(value)} miw={160} onChange={(v) => set(v.map(Number).filter((n) => !Number.isNaN(n)))} />;
  }
  return <WordInput op={op} value={value} asked={asked} set={set} label={label} />;
}

/** Words: chosen from what there is, or typed. */
function WordInput({ op, value, asked, set, label }: { op: string; value: Json; asked: Asked; set: (value: Json) => void; label: string }) {
  const t = useWords(words);
  const [find, look] = useState("");
  const [open, setOpen] = useState(false);
  const found = useValues({ of: asked.from?.of ?? "traits", field: asked.from?.field ?? "", event: asked.from?.event, find }, open && asked.from !== undefined);
  const known = found.data ?? asked.values ?? [];
  const worded = known.some((v) => v.label !== v.value);
  const chosen = list(value);
  if (["contains", "starts_with", "ends_with", "matches"].includes(op)) {
    return <TextInput aria-label={label} value={String(value ?? "")} w={180} onChange={(e) => set(e.currentTarget.value)} />;
  }
  const options = [...known, ...chosen.filter((c) => !known.some((v) => v.value === c)).map((c) => ({ value: c, label: c }))];
  const data = options.map((v) => ({ value: v.value, label: v.label }));
  if (SEVERAL.includes(op)) {
    const common = { "aria-label": `${asked.label}: ${t("values")}`, size: "xs", miw: 200, maw: 420, onDropdownOpen: () => setOpen(true) } as const;
    return worded ? (
      <MultiSelect {...common} data={data} value={chosen} searchable onChange={(v) => set(v)} />
    ) : (
      <TagsInput {...common} data={data.map((d) => d.value)} value={chosen} searchValue={find} onSearchChange={look} onChange={(v) => set(v)} acceptValueOnBlur />
    );
  }
  if (worded) return <Select aria-label={label} data={data} value={String(value ?? "")} searchable w={180} onDropdownOpen={() => setOpen(true)} onChange={(v) => v !== null && set(v)} />;
  return (
    <Tooltip label={t("value")} disabled>
      <Autocomplete aria-label={label} data={data.map((d) => d.value)} value={String(value ?? "")} w={180} onDropdownOpen={() => setOpen(true)} onChange={(v) => { look(v); set(v); }} />
    </Tooltip>
  );
}
