/** The segment in somebody's hands: its document, the steps back and forth, whether it was kept. */
import { useCallback, useMemo, useState } from "react";

import type { Document, Opened } from "./api";
import { type Json, readRoot, type Root, same, writeRoot } from "./tree";

export type Draft = { segment: string; says: { ko: string; en: string }; folder: string; tags: string[]; root: Root };

export const emptyRoot: Root = { how: "all", bare: true, parts: [] };

export function fromDocument(document: Document): Draft {
  const where = document.where as Json | undefined;
  return {
    segment: document.segment,
    says: { ko: document.says?.ko ?? "", en: document.says?.en ?? "" },
    folder: document.folder ?? "",
    tags: document.tags ?? [],
    root: where === undefined || where === null || same(where, { all: [] }) ? emptyRoot : readRoot(where),
  };
}

export function toDocument(draft: Draft): Document {
  const { ko, en } = draft.says;
  return {
    segment: draft.segment,
    says: { ko: ko || en, en: en || ko },
    ...(draft.folder ? { folder: draft.folder } : {}),
    ...(draft.tags.length ? { tags: draft.tags } : {}),
    where: writeRoot(draft.root),
  };
}

/** An id out of a name: letters of any script, digits and hyphens. */
/** What a rule that came along begins as. */
export const begun = (root: Root, says: { ko: string; en: string }): Draft => ({ segment: idOf(says.en || says.ko), says, folder: "", tags: [], root });

export const idOf = (name: string): string =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);

const STEPS = 100;

export function useDraft(first: Draft, opened: Opened | null) {
  const [past, setPast] = useState<readonly Draft[]>([]);
  const [next, setNext] = useState<readonly Draft[]>([]);
  const [draft, setDraft] = useState(first);
  const [kept, setKept] = useState(() => JSON.stringify(toDocument(first)));
  const [seen, setSeen] = useState(opened?.draft?.version ?? 0);
  const [base, setBase] = useState(opened?.draft?.base ?? opened?.version ?? 0);
  const change = useCallback(
    (made: Draft) => {
      setPast((before) => [...before.slice(-STEPS), draft]);
      setNext([]);
      setDraft(made);
    },
    [draft],
  );
  const undo = () => {
    const last = past.at(-1);
    if (!last) return;
    setPast(past.slice(0, -1));
    setNext([draft, ...next]);
    setDraft(last);
  };
  const redo = () => {
    const [first_, ...rest] = next;
    if (!first_) return;
    setPast([...past, draft]);
    setNext(rest);
    setDraft(first_);
  };
  const document = useMemo(() => toDocument(draft), [draft]);
  const dirty = JSON.stringify(document) !== kept;
  const markKept = (version: number) => {
    setSeen(version);
    setKept(JSON.stringify(document));
  };
  return { draft, document, change, undo, redo, canUndo: past.length > 0, canRedo: next.length > 0, dirty, markKept, seen, setSeen, base, setBase };
}

export type Desk = ReturnType<typeof useDraft>;
