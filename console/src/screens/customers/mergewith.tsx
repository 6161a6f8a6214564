import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { useWords } from "../../ui";
import { words } from "./words";

export function MergeWith({ customer, opened, close, look }: { customer: string; opened: boolean; close: () => void; look: (other: string) => void }) {
  const t = useWords(words);
  const [other, setOther] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (other.trim()) look(other.trim());
  };
  return (
    <Modal opened={opened} onClose={close} title={t("mergeTitle", { id: customer })} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={t("mergeWith")} placeholder={t("mergeWithHint")} value={other} onChange={(event) => setOther(event.currentTarget.value)} data-autofocus maxLength={20} />
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button type="submit" disabled={!other.trim()}>
              {t("look")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
