/** Pin an answer: on a dashboard there is, or on a new one. */
import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { say, sayError, useGo, useLang, useWords } from "../../ui";
import { useBoardChange, useBoards } from "./boards";
import type { Kind } from "./kinds";
import type { Question } from "./question";
import { words } from "./words";

const NEW = "\u0000new";

type PinProps = { kind: Kind; question: Question; opened: boolean; onClose: () => void };

export function Pin({ kind, question, opened, onClose }: PinProps) {
  const t = useWords(words);
  return (
    <Modal opened={opened} onClose={onClose} title={t("pinTo")} closeButtonProps={{ "aria-label": t("close") }}>
      {opened && <PinForm kind={kind} question={question} onDone={onClose} />}
    </Modal>
  );
}

function PinForm({ kind, question, onDone }: { kind: Kind; question: Question; onDone: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const go = useGo();
  const boards = useBoards();
  const change = useBoardChange();
  const [chosen, setChosen] = useState<string | null>(null);
  const [title, setTitle] = useState(t(kind));
  const [name, setName] = useState("");
  const board = chosen ?? boards.data?.[0]?.dashboard ?? NEW;
  const busy = change.make.isPending || change.pin.isPending;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const target = board === NEW ? (await change.make.mutateAsync({ says: { [lang]: name.trim() } })).dashboard : board;
      await change.pin.mutateAsync({ name: target, question: { ...question, kind }, title: title.trim() });
      const said = boards.data?.find((one) => one.dashboard === target)?.says ?? name.trim();
      onDone();
      say(t("pinned", { name: said }));
      if (board === NEW) go(`/dashboards/${target}`);
    } catch (error) {
      sayError(error);
    }
  };
  const data = [...(boards.data ?? []).map((one) => ({ value: one.dashboard, label: one.says })), { value: NEW, label: t("pinNew") }];
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <TextInput label={t("pinTitle")} value={title} maxLength={200} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <Select label={t("pinChoose")} data={data} value={board} onChange={setChosen} allowDeselect={false} />
        {board === NEW && <TextInput label={t("pinNewName")} value={name} maxLength={80} required onChange={(event) => setName(event.currentTarget.value)} />}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={board === NEW && !name.trim()}>
            {t("pinNow")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
