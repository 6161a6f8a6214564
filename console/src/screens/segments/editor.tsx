/** One segment: its rule as cards, as YAML, as SQL; who is in it; what it was before. */
import { Button, Menu, Tabs, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconDots } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";

import { ApiError, api } from "../../api";
import { useMay } from "../../api/me";
import { Answer, ErrorBox, NotHere, Page, say, sayError, useConfirm, useFormat, useGo, useKeys, usePlace, useView, useWords, Waiting } from "../../ui";
import { type Document, type Fields, type Opened, place, type Problem, useChecked, useCounted, useFields, useOpened } from "./api";
import { Bench } from "./bench";
import { type Conflict, ConflictDialog, readConflict } from "./conflict";
import { begun, type Draft, emptyRoot, fromDocument, toDocument, useDraft } from "./draft";
import { cardAt, places } from "./edits";
import { Holding } from "./hand";
import { PublishDialog } from "./publish";
import { Side } from "./side";
import { type Body, type Json, readRoot, type Root } from "./tree";
import { Differ, History, Members, Overlap, Sql, Trend, Yaml } from "./views";
import { words } from "./words";

export default function Editor() {
  const { segment = "" } = usePlace();
  const name = decodeURIComponent(segment);
  const opened = useOpened(name);
  const fields = useFields();
  if (opened.error instanceof ApiError && opened.error.status === 404) return <NotHere />;
  if (name !== "" && opened.data === undefined) return opened.error ? <ErrorBox error={opened.error} retry={opened.refetch} height={320} /> : <Waiting height={320} />;
  return <Answer query={fields} height={480}>{(known) => <Desk key={name} opened={name === "" ? null : (opened.data ?? null)} fields={known} />}</Answer>;
}

/** What a link begins with: `/segments/new?rule=…&ko=…&en=…`. */
function fromLink(view: Readonly<Record<string, string | undefined>>): Draft {
  let root: Root = emptyRoot;
  try {
    if (view["rule"]) root = readRoot(JSON.parse(view["rule"]) as Json);
  } catch {
    // a link that was cut short begins with nothing
  }
  return begun(root, { ko: view["ko"] ?? "", en: view["en"] ?? "" });
}

function Desk({ opened, fields }: { opened: Opened | null; fields: Fields }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const may = useMay();
  const ask = useConfirm();
  const client = useQueryClient();
  const [view, setView] = useView();
  const first = useMemo(() => {
    const document = opened?.draft?.document ?? opened?.document;
    return document ? fromDocument(document) : fromLink(view);
  }, []);
  const desk = useDraft(first, opened);
  const { draft, document } = desk;
  const [target, aim] = useState<number | null>(null);
  const [publishing, publish] = useState<"publish" | "archive" | null>(null);
  const [shown, showVersion] = useState<Document | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const empty = draft.root.parts.length === 0;
  const checked = useChecked(empty ? null : ({ ...document, segment: document.segment || "new", says: { ko: "–", en: "–" } } as Body));
  const counted = useCounted(empty ? null : document.where);
  const wrong = useMemo(() => located(draft.root, checked.data?.problems ?? []), [draft.root, checked.data]);
  const readOnly = !may("define");
  const tab = view["tab"] ?? "build";

  useEffect(() => {
    if (!desk.dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    globalThis.addEventListener("beforeunload", warn);
    return () => globalThis.removeEventListener("beforeunload", warn);
  }, [desk.dirty]);

  const refreshed = async () => {
    await Promise.all(["shelf", "segment", "versions", "fields", "trend"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  const save = async (seen = desk.seen) => {
    try {
      const kept = await api.put<{ version: number }>(`${place(draft.segment)}/draft`, { document, base: desk.base, seen });
      desk.markKept(kept.version);
      say(t("saved"));
      await client.invalidateQueries({ queryKey: ["shelf"] });
      if (!opened) go(`/segments/${encodeURIComponent(draft.segment)}`, {}, { replace: true });
    } catch (error) {
      const found = readConflict(error);
      if (found) setConflict({ ...found, draft: true });
      else sayError(error);
    }
  };
  const discard = async () => {
    const said = await ask({ title: t("discard"), body: t("discardSays"), action: t("discard"), danger: true });
    if (said === null) return;
    try {
      await api.del(`${place(draft.segment)}/draft`, undefined, { query: { seen: desk.seen } });
      say(t("discarded"));
      await refreshed();
      go("/segments");
    } catch (error) {
      sayError(error);
    }
  };
  const published = async () => {
    publish(null);
    showVersion(null);
    desk.markKept(0);
    await refreshed();
    go("/segments");
  };
  const choose = (theirs: boolean) => {
    if (!conflict) return;
    if (theirs && conflict.document) desk.change(fromDocument(conflict.document));
    if (conflict.draft) desk.setSeen(conflict.version);
    else desk.setBase(conflict.version);
    setConflict(null);
  };
  const keys = (event: KeyboardEvent) => {
    if (!(event.metaKey || event.ctrlKey) || event.nativeEvent.isComposing) return;
    const typing = (event.target as HTMLElement).closest("input, textarea");
    if (event.key === "s" && draft.segment && !readOnly) {
      event.preventDefault();
      void save();
    } else if (event.key === "z" && !typing) {
      event.preventDefault();
      if (event.shiftKey) desk.redo();
      else desk.undo();
    }
  };
  useKeys([{ key: "/", says: t("search"), run: () => search.current?.focus() }]);

  const title = draft.says[format.lang] || draft.says.en || draft.says.ko || t("untitled");
  const changeRoot = (root: Root) => desk.change({ ...draft, root });
  const ready = draft.segment !== "" && !empty;
  const actions = readOnly ? (
    <Text size="xs" c="dimmed">
      {t("mayNot")}
    </Text>
  ) : (
    <>
      <Button variant="default" aria-label={t("undo")} disabled={!desk.canUndo} onClick={desk.undo}>
        <IconArrowBackUp size={15} />
      </Button>
      <Button variant="default" aria-label={t("redo")} disabled={!desk.canRedo} onClick={desk.redo}>
        <IconArrowForwardUp size={15} />
      </Button>
      <Button variant="default" disabled={!draft.segment || !desk.dirty} onClick={() => void save()}>
        {t("save")}
      </Button>
      <Button disabled={!ready || checked.data?.sound === false} onClick={() => publish("publish")}>
        {opened?.archived ? t("restore") : t("publish")}
      </Button>
      <More opened={opened} draft={draft} desk={desk.seen} archive={() => publish("archive")} discard={() => void discard()} />
    </>
  );
  return (
    <Holding value={{ fields, root: draft.root, change: changeRoot, target, aim, wrong, readOnly }}>
      <div onKeyDown={keys}>
        <Page title={title} says={<Standing opened={opened} dirty={desk.dirty} />} crumbs={[{ says: t("title"), to: "/segments" }]} actions={actions}>
          <Tabs value={tab} onChange={(value) => setView({ tab: value === "build" ? null : value })}>
            <Tabs.List mb={12} style={{ flexWrap: "nowrap", overflowX: "auto" }}>
              <Tabs.Tab value="build">{t("tabBuild")}</Tabs.Tab>
              <Tabs.Tab value="yaml">{t("tabYaml")}</Tabs.Tab>
              <Tabs.Tab value="sql">{t("tabSql")}</Tabs.Tab>
              <Tabs.Tab value="members" disabled={empty}>{t("tabMembers")}</Tabs.Tab>
              <Tabs.Tab value="differ" disabled={empty}>{t("tabDiffer")}</Tabs.Tab>
              <Tabs.Tab value="overlap" disabled={empty}>{t("tabOverlap")}</Tabs.Tab>
              <Tabs.Tab value="trend">{t("tabTrend")}</Tabs.Tab>
              <Tabs.Tab value="history">{t("tabHistory")}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="build">
              <Bench search={search} desk={desk} isNew={!opened} side={<Side checked={checked} counted={counted} opened={opened} empty={empty} />} />
            </Tabs.Panel>
            <Tabs.Panel value="yaml"><Yaml desk={desk} checked={checked.data} readOnly={readOnly} /></Tabs.Panel>
            <Tabs.Panel value="sql"><Sql desk={desk} checked={checked.data} readOnly={readOnly} /></Tabs.Panel>
            <Tabs.Panel value="members"><Members where={document.where} total={counted.data?.customers ?? null} name={draft.segment} /></Tabs.Panel>
            <Tabs.Panel value="differ"><Differ where={document.where} /></Tabs.Panel>
            <Tabs.Panel value="overlap"><Overlap where={document.where} name={draft.segment} count={counted.data?.customers ?? 0} /></Tabs.Panel>
            <Tabs.Panel value="trend"><Trend name={opened?.document && !opened.archived ? opened.segment : ""} /></Tabs.Panel>
            <Tabs.Panel value="history">
              <History name={opened?.segment ?? ""} readOnly={readOnly} revert={(old) => { showVersion(old); publish("publish"); }} />
            </Tabs.Panel>
          </Tabs>
        </Page>
      </div>
      {publishing && (
        <PublishDialog
          name={draft.segment}
          title={title}
          document={publishing === "archive" ? null : (shown ?? document)}
          seen={desk.base}
          close={() => { publish(null); showVersion(null); }}
          done={() => void published()}
          conflict={(found) => { publish(null); setConflict(found); }}
        />
      )}
      {conflict && <ConflictDialog conflict={conflict} mine={toDocument(draft)} choose={choose} close={() => setConflict(null)} />}
    </Holding>
  );
}

function located(root: Root, problems: readonly Problem[]): Map<number, Problem[]> {
  const where = places(root);
  const found = new Map<number, Problem[]>();
  for (const problem of problems) {
    const id = cardAt(where, problem.where);
    if (id !== null) found.set(id, [...(found.get(id) ?? []), problem]);
  }
  return found;
}

function Standing({ opened, dirty }: { opened: Opened | null; dirty: boolean }) {
  const t = useWords(words);
  const format = useFormat();
  const said = !opened
    ? ""
    : opened.archived
      ? t("archivedNote")
      : opened.draft
        ? t(opened.version ? "draftOf" : "draftNew", { by: opened.draft.by, at: format.moment(opened.draft.at), n: opened.version })
        : `${t("version", { n: opened.version })} · ${format.moment(opened.changed_at)}`;
  return <>{[said, dirty ? t("unsaved") : ""].filter(Boolean).join(" · ")}</>;
}

function More({ opened, draft, desk, archive, discard }: { opened: Opened | null; draft: Draft; desk: number; archive: () => void; discard: () => void }) {
  const t = useWords(words);
  const go = useGo();
  const copy = () => go("/segments/new", { rule: JSON.stringify(toDocument(draft).where), ko: draft.says.ko, en: draft.says.en });
  return (
    <Menu withinPortal position="bottom-end">
      <Menu.Target>
        <Button variant="default" aria-label={t("more")}>
          <IconDots size={15} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={copy}>{t("duplicate")}</Menu.Item>
        {desk > 0 && <Menu.Item onClick={discard}>{t("discard")}</Menu.Item>}
        {opened?.document && !opened.archived && (
          <Menu.Item c="var(--bad)" onClick={archive}>
            {t("archive")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

