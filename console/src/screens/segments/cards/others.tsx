/** Traits, segments, ranks, splits, consent, days of the year. */
import { Button, Checkbox, Group, MultiSelect, NumberInput, Select, Text, TextInput, Tooltip } from "@mantine/core";

import { useWords } from "../../../ui";
import { coded, words } from "../builder.words";
import { type CardProps, useHand } from "../hand";
import type { ConsentCard, DayCard, InCard, RankCard, ReachCard, SplitCard, TopCard, TraitCard } from "../tree";
import { SegmentSelect, TraitSelect } from "./pick";
import { fresh, TestRows } from "./tests";
import { WindowInput } from "./window";

export function TraitBody({ card, set }: CardProps<TraitCard>) {
  const t = useWords(words);
  const { fields } = useHand();
  const trait = fields.traits.find((f) => f.name === card.name);
  const group = trait?.group ?? "text";
  const operators = (fields.operators[group] ?? []).filter((op) => op !== "not within" && !(group === "time" && op === "is"));
  const values = trait?.values;
  const label = trait?.label ?? card.name;
  const unused = operators.find((op) => !card.tests.some((test) => test.op === op));
  return (
    <Group gap={6}>
      <TestRows
        tests={card.tests}
        set={(tests) => set({ ...card, tests })}
        least={1}
        asked={{ group, operators: [...operators, ...card.tests.map((x) => x.op).filter((op) => !operators.includes(op))], values, label, from: group === "text" || group === "list" ? { of: "traits", field: card.name } : undefined }}
      />
      {trait?.unit && <Text size="xs" c="dimmed">{trait.unit}</Text>}
      <Tooltip label={t("orMissingSays")}>
        <Checkbox label={t("orMissing")} checked={card.orMissing} onChange={(e) => set({ ...card, orMissing: e.currentTarget.checked })} />
      </Tooltip>
      {group === "number" && card.tests.length === 1 && unused && (
        <Button size="compact-xs" variant="subtle" onClick={() => set({ ...card, tests: [...card.tests, { op: unused, value: fresh(unused, group, null) }] })}>
          {t("addTest")}
        </Button>
      )}
    </Group>
  );
}

export function InBody({ card, set }: CardProps<InCard>) {
  return <SegmentSelect names={card.segments} set={(segments) => set({ ...card, segments })} />;
}

export function TopBody({ card, set }: CardProps<TopCard>) {
  const t = useWords(words);
  return (
    <Group gap={6}>
      <Select
        aria-label={t("topOf")}
        data={[{ value: "top", label: t("highest") }, { value: "bottom", label: t("lowest") }]}
        value={card.lowest ? "bottom" : "top"}
        w={110}
        allowDeselect={false}
        onChange={(v) => set({ ...card, lowest: v === "bottom" })}
      />
      <NumberInput aria-label={t("howMany")} value={card.n} min={card.percent ? 0.1 : 1} max={card.percent ? 100 : 1e9} w={84} onChange={(v) => set({ ...card, n: Number(v) || 1 })} />
      <Select
        aria-label={t("unit")}
        data={[{ value: "percent", label: t("percent") }, { value: "n", label: t("customers") }]}
        value={card.percent ? "percent" : "n"}
        w={110}
        allowDeselect={false}
        onChange={(v) => set({ ...card, percent: v === "percent", n: v === "percent" ? Math.min(card.n, 100) : Math.ceil(card.n) })}
      />
      <Text size="xs">{t("topBy")}</Text>
      <TraitSelect name={card.by} set={(by) => set({ ...card, by })} groups={["number", "time"]} label={t("topBy")} />
    </Group>
  );
}

export function RankBody({ card, set }: CardProps<RankCard>) {
  const t = useWords(words);
  return (
    <Group gap={6}>
      <TraitSelect name={card.by} set={(by) => set({ ...card, by })} groups={["number", "time"]} label={t("topBy")} />
      <TestRows tests={card.tests} set={(tests) => set({ ...card, tests })} least={1} asked={{ group: "number", operators: ["at_least", "at_most", "above", "below", "between"], label: t("rankOf") }} />
    </Group>
  );
}

export function SplitBody({ card, set }: CardProps<SplitCard>) {
  const t = useWords(words);
  const shown = (share: number) => Math.round(share * 10_000) / 100;
  return (
    <Group gap={6}>
      <TextInput aria-label={t("splitName")} placeholder={t("splitName")} value={card.name} w={180} onChange={(e) => set({ ...card, name: e.currentTarget.value })} />
      <NumberInput aria-label={t("from")} suffix="%" value={shown(card.from)} min={0} max={100} w={84} onChange={(v) => set({ ...card, from: Number(v) / 100 })} />
      <span aria-hidden="true">–</span>
      <NumberInput aria-label={t("to")} suffix="%" value={shown(card.to)} min={0} max={100} w={84} onChange={(v) => set({ ...card, to: Number(v) / 100 })} />
      <Text size="xs" c="dimmed">{t("splitSays")}</Text>
    </Group>
  );
}

export function ConsentBody({ card, set }: CardProps<ConsentCard>) {
  const t = useWords(words);
  const { channels } = useHand().fields;
  const purposes = channels.purposes.includes(card.purpose) ? channels.purposes : [...channels.purposes, card.purpose];
  return (
    <Group gap={6}>
      <Select aria-label={t("channel")} data={channels.consent} value={card.channel} w={120} allowDeselect={false} onChange={(v) => v && set({ ...card, channel: v })} />
      <Select aria-label={t("purpose")} data={purposes.map((p) => ({ value: p, label: coded(t, "pu_", p) }))} value={card.purpose} w={140} allowDeselect={false} onChange={(v) => v && set({ ...card, purpose: v })} />
      <MultiSelect
        aria-label={t("states")}
        data={channels.states.map((s) => ({ value: s, label: coded(t, "s_", s) }))}
        value={card.states}
        miw={160}
        onChange={(states) => set({ ...card, states })}
      />
    </Group>
  );
}

export function ReachBody({ card, set }: CardProps<ReachCard>) {
  const t = useWords(words);
  const { channels } = useHand().fields;
  return <Select aria-label={t("channel")} data={channels.reachable} value={card.channel} w={140} allowDeselect={false} onChange={(v) => v && set({ ...card, channel: v })} />;
}

export function DayBody({ card, set }: CardProps<DayCard>) {
  const t = useWords(words);
  const kinds = ["within_next", "within", "during"];
  const start = (op: string) => ({ op, value: op === "during" ? "this month" : "7 days" });
  return (
    <Group gap={6}>
      <TraitSelect name={card.of} set={(of) => set({ ...card, of })} groups={card.birthday ? ["text"] : ["time"]} label={t("dayOf")} />
      <Select
        aria-label={t("window")}
        data={kinds.map((op) => ({ value: op, label: coded(t, "op_", op) }))}
        value={card.window.op}
        w={120}
        allowDeselect={false}
        onChange={(op) => op && set({ ...card, window: start(op) })}
      />
      <WindowInput kind={card.window.op} value={card.window.value} set={(value) => set({ ...card, window: { ...card.window, value } })} label={t("window")} />
    </Group>
  );
}
