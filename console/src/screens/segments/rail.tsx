/** Everything a rule can be built from, searched, added by click, Enter or drag. */
import { Checkbox, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, type Ref, useMemo, useState } from "react";

import { useFormat, useWords } from "../../ui";
import type { Fields } from "./api";
import { words } from "./builder.words";
import { inserted } from "./edits";
import { useHand } from "./hand";
import { make, OFFER, type Offer } from "./make";
import css from "./segments.module.css";

type Line = { offer: Offer; label: string; note: string; known: boolean };
type Section = { name: string; title: string; lines: Line[]; empty?: string };

/** Letters apart from case and spaces, so that Hangul found part by part is found, too. */
const plain = (text: string): string => text.toLocaleLowerCase().normalize("NFC").replace(/[\s_-]+/g, "");

function useSections(fields: Fields): Section[] {
  const t = useWords(words);
  const format = useFormat();
  return useMemo(() => {
    const families = (["demographic", "behavioural", "analytic"] as const).map((family) => ({
      name: family,
      title: t(family),
      ...(family === "analytic" ? { empty: t("noScores") } : {}),
      lines: fields.traits
        .filter((trait) => trait.family === family)
        .map((trait): Line => ({ offer: { of: "trait", name: trait.name }, label: trait.label, note: format.percent(trait.filled), known: trait.filled > 0 })),
    }));
    const events = fields.events.map((e): Line => ({ offer: { of: "event", name: e.event }, label: e.label, note: format.short(e.customers), known: true }));
    const segments = fields.segments.map((s): Line => ({ offer: { of: "segment", name: s.segment }, label: s.label, note: format.short(s.customers), known: true }));
    const consent = fields.channels.consent.map((c): Line => ({ offer: { of: "consent", name: c.value }, label: `${t("consentOf")}: ${c.label}`, note: "", known: true }));
    const reach = fields.channels.reachable.map((c): Line => ({ offer: { of: "reachable", name: c.value }, label: `${t("reachOf")}: ${c.label}`, note: "", known: true }));
    const one = (of: Offer["of"], label: string): Line => ({ offer: { of, name: "" } as Offer, label, note: "", known: true });
    const special = [
      one("sequence", t("sequence")),
      one("top", t("topOf")),
      one("rank", t("rankOf")),
      one("split", t("splitOf")),
      one("birthday", t("birthdayOf")),
      one("anniversary", t("anniversaryOf")),
    ];
    return [
      ...families,
      { name: "events", title: t("events"), lines: events },
      { name: "segments", title: t("segments"), lines: segments },
      { name: "consent", title: t("consent"), lines: [...consent, ...reach] },
      { name: "special", title: t("special"), lines: special },
    ];
  }, [fields, t, format]);
}

export function Rail({ search }: { search: Ref<HTMLInputElement> }) {
  const t = useWords(words);
  const hand = useHand();
  const [find, look] = useState("");
  const [emptyToo, setEmptyToo] = useState(false);
  const sections = useSections(hand.fields);
  const wanted = plain(find);
  const fits = (line: Line) => (emptyToo || line.known) && (wanted === "" || plain(`${line.label} ${line.offer.name}`).includes(wanted));
  const shown = sections.map((section) => ({ ...section, lines: section.lines.filter(fits) }));
  const add = (offer: Offer) => hand.change(inserted(hand.root, hand.target, make(offer, hand.fields)));
  const found = shown.flatMap((section) => section.lines);
  return (
    <aside className={`panel ${css.aside} ${css.rail}`} aria-label={t("railTitle")}>
      <div style={{ padding: 10 }}>
        <TextInput
          ref={search}
          aria-label={t("railSearch")}
          placeholder={t("railSearch")}
          leftSection={<IconSearch size={14} />}
          value={find}
          onChange={(event) => look(event.currentTarget.value)}
          onKeyDown={(event) => {
            const first = found[0];
            if (event.key === "Enter" && !event.nativeEvent.isComposing && wanted && first) add(first.offer);
          }}
        />
        <Checkbox mt={8} label={t("railEmptyToo")} checked={emptyToo} onChange={(event) => setEmptyToo(event.currentTarget.checked)} />
      </div>
      {shown.map((section, i) => (
        <Fold key={section.name} title={section.title} count={section.lines.length} open={wanted !== "" ? section.lines.length > 0 : i === 1 || i === 3}>
          {section.lines.map((line, j) => (
            <button
              key={`${line.offer.of}-${line.offer.name}`}
              type="button"
              tabIndex={j === 0 ? 0 : -1}
              className={css.offer}
              draggable
              title={t("add", { what: line.label })}
              onClick={() => add(line.offer)}
              onDragStart={(event) => {
                event.dataTransfer.setData(OFFER, JSON.stringify(line.offer));
                event.dataTransfer.effectAllowed = "copy";
              }}
            >
              <span>{line.label}</span>
              <small>{line.note}</small>
            </button>
          ))}
          {section.lines.length === 0 && <div style={{ padding: "4px 12px 10px", fontSize: 12, color: "var(--mantine-color-dimmed)" }}>{section.empty ?? t("nothingFound")}</div>}
        </Fold>
      ))}
    </aside>
  );
}

/** One stop of Tab a section: within it the arrows go from offer to offer, Home and End to the first and the last. */
function walk(event: KeyboardEvent<HTMLDivElement>) {
  const offers = [...event.currentTarget.querySelectorAll("button")];
  const at = offers.findIndex((offer) => offer === document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: offers.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  offers[Math.max(0, Math.min(offers.length - 1, to))]?.focus();
}

function Fold({ title, count, open, children }: { title: string; count: number; open: boolean; children: ReactNode }) {
  return (
    <details className={css.section} open={open}>
      <summary>
        {title} <small style={{ color: "var(--mantine-color-dimmed)" }}>{count}</small>
      </summary>
      <div role="toolbar" aria-orientation="vertical" aria-label={title} onKeyDown={walk}>
        {children}
      </div>
    </details>
  );
}
