/** Before anything counts: who enters, who leaves, what else moves; then publish, or not. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api";
import { Answer, DataTable, Dialog, Go, say, sayError, useFormat, useWords } from "../../ui";
import { type Document, type Effect, place } from "./api";
import { type Conflict, readConflict } from "./conflict";
import { words } from "./words";

type PublishProps = {
  name: string;
  title: string;
  /** Null archives. */
  document: Document | null;
  seen: number;
  close: () => void;
  done: () => void;
  conflict: (found: Conflict) => void;
};

export function PublishDialog({ name, title, document, seen, close, done, conflict }: PublishProps) {
  const t = useWords(words);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const path = `${place(name)}/publish`;
  const effect = useQuery({
    queryKey: ["effect", name, seen, JSON.stringify(document)],
    queryFn: ({ signal }) => api.post<Effect>(path, { document, seen, dry_run: true }, { signal }),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const failed = effect.error;
  useEffect(() => {
    const found = failed && readConflict(failed);
    if (found) conflict(found);
  }, [failed]);
  const act = async () => {
    setBusy(true);
    try {
      const made = await api.post<Effect>(path, { document, seen, note });
      say(document ? t("publishedNow", { n: made.version }) : t("archivedNow"));
      done();
    } catch (error) {
      const found = readConflict(error);
      if (found) conflict(found);
      else sayError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={close} size="lg" title={t(document ? "publishTitle" : "archiveTitle", { name: title })} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack>
        <Text size="sm">{t(document ? "publishSays" : "archiveSays")}</Text>
        <Answer query={effect} height={160}>
          {(found) => <Told effect={found} name={name} />}
        </Answer>
        <TextInput label={t("publishNote")} value={note} maxLength={500} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={close}>
            {t("cancel")}
          </Button>
          <Button color={document ? "pine" : "red.9"} loading={busy} disabled={!effect.data} onClick={() => void act()}>
            {t(document ? "publishNow" : "archiveNow")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Told({ effect, name }: { effect: Effect; name: string }) {
  const t = useWords(words);
  const format = useFormat();
  const mine = effect.segments.find((s) => s.segment === name) ?? { enters: 0, leaves: 0, stays: 0 };
  const others = effect.segments.filter((s) => s.segment !== name);
  return (
    <Stack gap={10}>
      <Group gap={24}>
        {(["enters", "leaves", "stays"] as const).map((what) => (
          <div key={what}>
            <Text size="xl" fw={650} data-testid={what}>
              {what === "enters" ? "+" : what === "leaves" ? "−" : ""}
              {format.whole(mine[what])}
            </Text>
            <Text size="xs" c="dimmed">
              {t(what)}
            </Text>
          </div>
        ))}
      </Group>
      <Some label={t("someEnter")} ids={effect.enters} />
      <Some label={t("someLeave")} ids={effect.leaves} />
      {others.length > 0 && (
        <>
          <Text size="sm" fw={600}>
            {t("affected")}
          </Text>
          <DataTable
            label={t("affected")}
            rows={others}
            rowKey={(row) => row.segment}
            columns={[
              { key: "segment", title: t("segment") },
              { key: "enters", title: t("enters"), align: "right", cell: (row) => `+${format.whole(row.enters)}` },
              { key: "leaves", title: t("leaves"), align: "right", cell: (row) => `−${format.whole(row.leaves)}` },
              { key: "stays", title: t("stays"), align: "right", cell: (row) => format.whole(row.stays) },
            ]}
          />
        </>
      )}
    </Stack>
  );
}

function Some({ label, ids }: { label: string; ids: readonly number[] }) {
  if (ids.length === 0) return null;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Group gap={8}>
        {ids.map((id) => (
          <Go key={id} to={`/customers/C${id}`}>
            C{id}
          </Go>
        ))}
      </Group>
    </div>
  );
}
