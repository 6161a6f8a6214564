/** The bench: what there is on the left, the rule in the middle, what it says and counts on the right. */
import { Button, Group, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type ReactNode, type Ref, useState } from "react";

import { Panel, useLang, useWords } from "../../ui";
import { useShelf } from "./api";
import { words as builder } from "./builder.words";
import { Parts } from "./cards/card";
import { type Desk, idOf } from "./draft";
import { useHand } from "./hand";
import { Rail } from "./rail";
import css from "./segments.module.css";
import { type Json, readRoot } from "./tree";
import { words } from "./words";

export function Bench({ search, desk, isNew, side }: { search: Ref<HTMLInputElement>; desk: Desk; isNew: boolean; side: ReactNode }) {
  const t = useWords(words);
  const b = useWords(builder);
  const { root, change, readOnly } = useHand();
  const columns = useMediaQuery("(min-width: 1200px)", true, { getInitialValueInEffect: false });
  const rail = readOnly ? <div key="rail" /> : <Rail key="rail" search={search} />;
  const rule = (
    <Stack key="rule" gap={12}>
      <Naming desk={desk} isNew={isNew} />
      <Panel title={b("fits")}>
        {root.parts.length === 0 ? <Start /> : <Parts id={null} how={root.how} parts={root.parts} setHow={(how) => change({ ...root, how })} />}
      </Panel>
    </Stack>
  );
  // below one another the rule comes first, and what there is to choose right below it: for the eye and for Tab alike
  return (
    <div className={css.bench}>
      {columns ? [rail, rule] : [rule, rail]}
      <aside className={css.aside} aria-label={t("inWords")}>
        {side}
      </aside>
    </div>
  );
}

/** Four beginnings that most shops can use. */
const STARTS: readonly { key: "start1" | "start2" | "start3" | "start4"; body: Json }[] = [
  { key: "start1", body: { did: "Order Completed", at_least: 1, within: "90 days" } },
  { key: "start2", body: { all: [{ did: "Product Viewed", at_least: 1, within: "14 days" }, { not: { did: "Order Completed", at_least: 1, within: "14 days" } }] } },
  { key: "start3", body: { top: { by: "revenue", percent: 10 } } },
  { key: "start4", body: { all: [{ reachable: "email" }, { consent: { channel: "email", purpose: "advertising", is: "granted" } }] } },
];

function Start() {
  const b = useWords(builder);
  const { change, readOnly } = useHand();
  if (readOnly) return <Text c="dimmed">{b("emptyGroup")}</Text>;
  return (
    <Stack gap={8} py={10}>
      <Text fw={600}>{b("start")}</Text>
      <Text size="sm" c="dimmed">
        {b("startHint")}
      </Text>
      <Group gap={8}>
        {STARTS.map((start) => (
          <Button key={start.key} variant="light" onClick={() => change(readRoot(start.body))}>
            {b(start.key)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function Naming({ desk, isNew }: { desk: Desk; isNew: boolean }) {
  const t = useWords(words);
  const lang = useLang();
  const { readOnly } = useHand();
  const shelf = useShelf();
  const [own, setOwn] = useState(false);
  const { draft, change } = desk;
  const rename = (code: "ko" | "en", said: string) => {
    const says = { ...draft.says, [code]: said };
    const id = isNew && !own ? idOf(says.en || says.ko) : draft.segment;
    change({ ...draft, says, segment: id });
  };
  const order = lang === "ko" ? (["ko", "en"] as const) : (["en", "ko"] as const);
  const folders = [...new Set((shelf.data ?? []).map((row) => row.folder).filter(Boolean))];
  const tags = [...new Set((shelf.data ?? []).flatMap((row) => row.tags))];
  return (
    <Panel title={t("settings")}>
      <div className={css.sides}>
        {order.map((code) => (
          <TextInput key={code} label={code === "ko" ? t("nameKo") : t("nameEn")} value={draft.says[code]} readOnly={readOnly} maxLength={120} onChange={(e) => rename(code, e.currentTarget.value)} />
        ))}
        <TextInput
          label={t("idLabel")}
          description={isNew ? t("idSays") : undefined}
          value={draft.segment}
          readOnly={!isNew || readOnly}
          maxLength={80}
          onChange={(e) => {
            setOwn(true);
            change({ ...draft, segment: e.currentTarget.value });
          }}
        />
        <TextInput label={t("folder")} value={draft.folder} readOnly={readOnly} list="folders" onChange={(e) => change({ ...draft, folder: e.currentTarget.value })} />
        <TagsInput label={t("tags")} size="xs" data={tags} value={draft.tags} readOnly={readOnly} onChange={(next) => change({ ...draft, tags: next })} />
        <datalist id="folders">
          {folders.map((folder) => (
            <option key={folder} value={folder} />
          ))}
        </datalist>
      </div>
    </Panel>
  );
}
