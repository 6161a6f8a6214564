/** Two people changed the same segment: the second is told, sees both, and chooses. */
import { Button, Group, Stack, Text } from "@mantine/core";

import { ApiError } from "../../api";
import { Dialog, useFormat, useWords } from "../../ui";
import type { Document } from "./api";
import { diff } from "./diff";
import css from "./segments.module.css";
import type { Json } from "./tree";
import { words } from "./words";
import { yaml } from "./yaml";

export type Conflict = { by: string; at: string | null; version: number; document: Document | null; draft: boolean };

/** What a conflict says of the other's change; null for every other error. */
export function readConflict(error: unknown): Conflict | null {
  if (!(error instanceof ApiError) || error.code !== "conflict") return null;
  const theirs = error.body["theirs"] as Partial<Conflict> | undefined;
  return theirs ? { by: theirs.by ?? "", at: theirs.at ?? null, version: theirs.version ?? 0, document: theirs.document ?? null, draft: false } : null;
}

export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const t = useWords(words);
  const lines = diff(before, after);
  if (lines.every((line) => line.sign === " ")) return <Text size="sm" c="dimmed">{t("noChange")}</Text>;
  return (
    <div className={css.diff} role="region" tabIndex={0} aria-label={label}>
      {lines.map((line, i) => (
        <div key={i} data-sign={line.sign}>
          {line.sign} {line.text}
        </div>
      ))}
    </div>
  );
}

type DialogProps = { conflict: Conflict; mine: Document; choose: (theirs: boolean) => void; close: () => void };

export function ConflictDialog({ conflict, mine, choose, close }: DialogProps) {
  const t = useWords(words);
  const format = useFormat();
  const holes = { by: conflict.by || t("somebody"), n: conflict.version, at: format.moment(conflict.at) };
  return (
    <Dialog onClose={close} size="lg" title={t("conflictTitle", holes)} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        <Text size="sm">{t(conflict.draft ? "conflictDraft" : "conflictSays", holes)}</Text>
        <DiffView before={yaml(mine as unknown as Json)} after={conflict.document ? yaml(conflict.document as unknown as Json) : ""} label={t("changes")} />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={() => choose(true)} disabled={!conflict.document}>
            {t("takeTheirs")}
          </Button>
          <Button onClick={() => choose(false)}>{t("keepMine")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
