/** One condition in its frame: what it is about, turned around or not, what can be done with it, what is wrong with it. */
import { ActionIcon, Badge, Group, Menu, Select, Stack, Text, Tooltip } from "@mantine/core";
import { IconDots, IconGripVertical, IconX } from "@tabler/icons-react";
import { type DragEvent, type KeyboardEvent, useState } from "react";

import { useWords } from "../../../ui";
import { words } from "../builder.words";
import { find, inserted, moved, removed, replaced, shifted, unwrapped, wrapped } from "../edits";
import { useHand } from "../hand";
import { copied, make, MOVED, OFFER, type Offer } from "../make";
import css from "../segments.module.css";
import type { Card, GroupCard } from "../tree";
import { DidBody, SequenceBody } from "./happened";
import { ConsentBody, DayBody, InBody, RankBody, ReachBody, SplitBody, TopBody, TraitBody } from "./others";
import { Raw } from "./raw";

function Body({ card, set }: { card: Card; set: (next: Card) => void }) {
  switch (card.kind) {
    case "trait":
      return <TraitBody card={card} set={set} />;
    case "did":
      return <DidBody card={card} set={set} />;
    case "sequence":
      return <SequenceBody card={card} set={set} />;
    case "in":
      return <InBody card={card} set={set} />;
    case "top":
      return <TopBody card={card} set={set} />;
    case "rank":
      return <RankBody card={card} set={set} />;
    case "split":
      return <SplitBody card={card} set={set} />;
    case "consent":
      return <ConsentBody card={card} set={set} />;
    case "reachable":
      return <ReachBody card={card} set={set} />;
    case "day":
      return <DayBody card={card} set={set} />;
    case "raw":
      return <Raw body={card.body} />;
    case "group":
      return <GroupBody card={card} />;
  }
}

function useTitle(): (card: Card) => string {
  const t = useWords(words);
  const { fields } = useHand();
  return (card) => {
    switch (card.kind) {
      case "trait":
        return fields.traits.find((f) => f.name === card.name)?.label ?? card.name;
      case "did":
        return t("did");
      case "sequence":
        return t("sequence");
      case "in":
        return t("inSegment");
      case "top":
        return t("topOf");
      case "rank":
        return t("rankOf");
      case "split":
        return t("splitOf");
      case "consent":
        return t("consentOf");
      case "reachable":
        return t("reachOf");
      case "day":
        return card.birthday ? t("birthdayOf") : t("anniversaryOf");
      case "raw":
        return t("rawTitle");
      case "group":
        return t("group");
    }
  };
}

export function CardFrame({ card }: { card: Card }) {
  const t = useWords(words);
  const hand = useHand();
  const title = useTitle()(card);
  const wrong = hand.wrong.get(card.id) ?? [];
  const set = (next: Card) => hand.change(replaced(hand.root, card.id, next));
  const family = card.kind === "trait" ? hand.fields.traits.find((f) => f.name === card.name)?.family : undefined;
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || !event.altKey) return;
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (by) {
      event.preventDefault();
      hand.change(shifted(hand.root, card.id, by));
    }
  };
  const drag = (event: DragEvent) => {
    event.stopPropagation();
    event.dataTransfer.setData(MOVED, String(card.id));
    event.dataTransfer.effectAllowed = "move";
  };
  return (
    <div className={css.card} data-wrong={wrong.length > 0 || undefined} data-not={card.not || undefined} data-kind={card.kind} role="group" aria-label={title} tabIndex={0} onKeyDown={keys}>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Group gap={6} wrap="nowrap" miw={0}>
          <span draggable={!hand.readOnly} onDragStart={drag} className={css.grip} title={t("drag")}>
            <IconGripVertical size={14} aria-hidden="true" />
          </span>
          <Tooltip label={t("notSays")}>
            <button type="button" className={css.not} aria-pressed={card.not} disabled={hand.readOnly} onClick={() => set({ ...card, not: !card.not })}>
              {t("not")}
            </button>
          </Tooltip>
          <Text size="sm" fw={600} truncate>
            {title}
          </Text>
          {family && <Badge color="gray">{t(family)}</Badge>}
        </Group>
        {!hand.readOnly && <Actions card={card} />}
      </Group>
      <fieldset disabled={hand.readOnly} className={css.plain}>
        <Body card={card} set={set} />
      </fieldset>
      {wrong.map((problem) => (
        <Text key={problem.where + problem.message} size="xs" c="var(--bad)" role="alert">
          {problem.message} {problem.hint}
        </Text>
      ))}
    </div>
  );
}

function Actions({ card }: { card: Card }) {
  const t = useWords(words);
  const { root, change, target } = useHand();
  const nested = !root.parts.some((one) => one.id === card.id);
  const aimed = target === null ? null : find(root, target);
  const within = aimed?.kind === "group" && aimed.parts.some((one) => one.id === card.id);
  const inward = target === null || within ? root : moved(root, card.id, target);
  return (
    <Group gap={2} wrap="nowrap">
      <Menu withinPortal position="bottom-end">
        <Menu.Target>
          <ActionIcon size="sm" aria-label={t("more")}>
            <IconDots size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => change(shifted(root, card.id, -1))}>{t("up")}</Menu.Item>
          <Menu.Item onClick={() => change(shifted(root, card.id, 1))}>{t("down")}</Menu.Item>
          <Menu.Item onClick={() => change(wrapped(root, card.id))}>{t("wrap")}</Menu.Item>
          {inward !== root && <Menu.Item onClick={() => change(inward)}>{t("intoGroup")}</Menu.Item>}
          {nested && <Menu.Item onClick={() => change(moved(root, card.id, null))}>{t("outOfGroup")}</Menu.Item>}
          {card.kind === "group" && !card.not && <Menu.Item onClick={() => change(unwrapped(root, card.id))}>{t("unwrap")}</Menu.Item>}
          <Menu.Item onClick={() => change(inserted(root, null, copied(card)))}>{t("copy")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionIcon size="sm" aria-label={t("remove")} onClick={() => change(removed(root, card.id))}>
        <IconX size={14} />
      </ActionIcon>
    </Group>
  );
}

function GroupBody({ card }: { card: GroupCard }) {
  const { root, change } = useHand();
  return <Parts id={card.id} how={card.how} parts={card.parts} setHow={(how) => change(replaced(root, card.id, { ...card, how }))} />;
}

/** The parts of a group (or of the whole rule), how they are put together, and a place to drop more. */
export function Parts({ id, how, parts, setHow }: { id: number | null; how: "all" | "any"; parts: readonly Card[]; setHow: (how: "all" | "any") => void }) {
  const t = useWords(words);
  const { root, change, fields, target, aim, readOnly } = useHand();
  const [over, setOver] = useState(false);
  const mine = target === id;
  const drop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    const card = event.dataTransfer.getData(MOVED);
    const offer = event.dataTransfer.getData(OFFER);
    if (card) change(moved(root, Number(card), id));
    else if (offer) change(inserted(root, id, make(JSON.parse(offer) as Offer, fields)));
  };
  const allow = (event: DragEvent) => {
    if (readOnly || !event.dataTransfer.types.some((type) => type === MOVED || type === OFFER)) return;
    event.preventDefault();
    event.stopPropagation();
    setOver(true);
  };
  return (
    <div className={css.parts} data-over={over || undefined} data-aim={mine || undefined} onDragOver={allow} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Group gap={8} mb={6}>
        <Select
          aria-label={id === null ? t("fits") : t("group")}
          data={[{ value: "all", label: t("all") }, { value: "any", label: t("any") }]}
          value={how}
          w={150}
          disabled={readOnly}
          allowDeselect={false}
          onChange={(v) => setHow(v === "any" ? "any" : "all")}
        />
        {!readOnly && (
          <button type="button" className={css.aim} aria-pressed={mine} onClick={() => aim(id)}>
            {mine ? t("addHere") : t("addInto")}
          </button>
        )}
      </Group>
      <Stack gap={0}>
        {parts.map((part, i) => (
          <div key={part.id}>
            {i > 0 && <div className={css.joint}>{how === "all" ? t("and") : t("or")}</div>}
            <CardFrame card={part} />
          </div>
        ))}
        {parts.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("emptyGroup")}
          </Text>
        )}
      </Stack>
    </div>
  );
}
