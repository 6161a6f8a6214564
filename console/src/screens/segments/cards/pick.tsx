/** Choosing events, traits and segments by name. */
import { MultiSelect, Select } from "@mantine/core";

import { useWords } from "../../../ui";
import { words } from "../builder.words";
import { useHand } from "../hand";

const ANY = "\u0000any";

export function EventSelect({ names, set }: { names: readonly string[]; set: (names: string[]) => void }) {
  const t = useWords(words);
  const { fields } = useHand();
  const known = fields.events.map((e) => ({ value: e.event, label: e.label }));
  const also = names.filter((n) => !known.some((k) => k.value === n)).map((n) => ({ value: n, label: n }));
  const data = [{ value: ANY, label: t("anyEvent") }, ...known, ...also];
  const chosen = names.length === 0 ? [ANY] : [...names];
  const choose = (next: string[]) => set(next.at(-1) === ANY ? [] : next.filter((n) => n !== ANY));
  return <MultiSelect aria-label={t("event")} data={data} value={chosen} searchable hidePickedOptions miw={170} maw={420} onChange={choose} />;
}

export function TraitSelect({ name, set, groups, label }: { name: string; set: (name: string) => void; groups: readonly string[]; label: string }) {
  const t = useWords(words);
  const { fields } = useHand();
  const fit = fields.traits.filter((f) => groups.includes(f.group) || f.name === name);
  const data = (["demographic", "behavioural", "analytic"] as const)
    .map((family) => ({ group: t(family), items: fit.filter((f) => f.family === family).map((f) => ({ value: f.name, label: f.label })) }))
    .filter((g) => g.items.length > 0);
  return <Select aria-label={label} data={data} value={name || null} searchable w={190} allowDeselect={false} onChange={(v) => v && set(v)} />;
}

export function SegmentSelect({ names, set }: { names: readonly string[]; set: (names: string[]) => void }) {
  const t = useWords(words);
  const { fields } = useHand();
  const data = fields.segments.map((s) => ({ value: s.segment, label: s.label }));
  const also = names.filter((n) => !data.some((d) => d.value === n)).map((n) => ({ value: n, label: n }));
  return <MultiSelect aria-label={t("segments")} data={[...data, ...also]} value={[...names]} searchable hidePickedOptions miw={240} maw={520} onChange={set} />;
}
