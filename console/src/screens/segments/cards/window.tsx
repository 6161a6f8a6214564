/** A stretch of time: relative, by the calendar, or between dates. */
import { ActionIcon, Button, Group, NumberInput, Select, TextInput } from "@mantine/core";
import { IconClock, IconX } from "@tabler/icons-react";

import { useFormat, useWords } from "../../../ui";
import { coded, words } from "../builder.words";
import { useHand } from "../hand";
import type { Json, Test } from "../tree";
import { readLength, UNITS, writeLength } from "./length";

export const EVENT_WINDOWS = ["within", "not_within", "during", "between", "before", "after", "since"];

export function LengthInput({ value, set, label }: { value: Json; set: (value: string) => void; label: string }) {
  const t = useWords(words);
  const read = readLength(value);
  if (!read) return <TextInput aria-label={`${label}: ${t("length")}`} value={String(value)} w={120} onChange={(e) => set(e.currentTarget.value)} />;
  const { n, unit } = read;
  return (
    <>
      <NumberInput aria-label={`${label}: ${t("length")}`} value={n} min={1} w={72} onChange={(v) => set(writeLength(Math.max(1, Number(v) || 1), unit))} />
      <Select
        aria-label={`${label}: ${t("unit")}`}
        data={(unit === "second" ? (["second", ...UNITS] as const) : UNITS).map((u) => ({ value: u, label: t(`u_${u}`, { n }) }))}
        value={unit}
        w={92}
        allowDeselect={false}
        onChange={(u) => u && set(writeLength(n, u))}
      />
    </>
  );
}

export function WindowInput({ kind, value, set, label }: { kind: string; value: Json; set: (value: Json) => void; label: string }) {
  const t = useWords(words);
  const { fields } = useHand();
  if (kind === "within" || kind === "not_within" || kind === "within_next") return <LengthInput value={value} set={set} label={label} />;
  if (kind === "during") {
    const known = fields.phrases.includes(String(value)) ? fields.phrases : [...fields.phrases, String(value)];
    const data = known.map((p) => ({ value: p, label: coded(t, "p_", p) }));
    return <Select aria-label={`${label}: ${t("phrase")}`} data={data} value={String(value)} w={140} allowDeselect={false} onChange={(p) => p && set(p)} />;
  }
  if (kind === "between") {
    const [low, high] = Array.isArray(value) ? value : ["", ""];
    return (
      <>
        <Day label={`${label}: ${t("date")} ${t("from")}`} value={low ?? ""} set={(v) => set([v, high ?? v])} />
        <span aria-hidden="true">–</span>
        <Day label={`${label}: ${t("date")} ${t("to")}`} value={high ?? ""} set={(v) => set([low ?? v, v])} />
      </>
    );
  }
  return <Day label={`${label}: ${t("date")}`} value={value} set={set} />;
}

function Day({ label, value, set }: { label: string; value: Json; set: (value: string) => void }) {
  const text = String(value ?? "");
  return text.length > 10 ? (
    <TextInput aria-label={label} value={text} w={190} onChange={(e) => set(e.currentTarget.value)} />
  ) : (
    <TextInput aria-label={label} type="date" value={text} w={138} onChange={(e) => set(e.currentTarget.value)} />
  );
}

/** The windows of something that happened; none means ever. */
export function Windows({ windows, set, label }: { windows: readonly Test[]; set: (windows: Test[]) => void; label: string }) {
  const t = useWords(words);
  const { today } = useFormat();
  const put = (i: number, next: Test) => set(windows.map((w, j) => (i === j ? next : w)));
  const start = (op: string): Json => (op === "during" ? "this month" : op === "between" ? [today(-30), today()] : op.includes("within") ? "90 days" : today(-30));
  return (
    <>
      {windows.map((window, i) => (
        <Group key={window.op} gap={6}>
          <IconClock size={14} aria-hidden="true" />
          <Select
            aria-label={`${label}: ${t("window")}`}
            data={EVENT_WINDOWS.filter((op) => op === window.op || !windows.some((w) => w.op === op)).map((op) => ({ value: op, label: coded(t, "op_", op) }))}
            value={window.op}
            w={128}
            allowDeselect={false}
            onChange={(op) => op && put(i, { op, value: start(op) })}
          />
          <WindowInput kind={window.op} value={window.value} set={(value) => put(i, { ...window, value })} label={label} />
          <ActionIcon size="sm" aria-label={t("remove")} onClick={() => set(windows.filter((_, j) => j !== i))}>
            <IconX size={13} />
          </ActionIcon>
        </Group>
      ))}
      {windows.length === 0 && (
        <Button size="compact-xs" variant="subtle" leftSection={<IconClock size={13} />} onClick={() => set([{ op: "within", value: "90 days" }])}>
          {t("addWindow")}
        </Button>
      )}
    </>
  );
}
