/** Ask before what cannot be overlooked; `const ask = useConfirm()`, `const said = await ask({...})`: null when it was called off. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { createContext, type FormEvent, type ReactNode, useCallback, useContext, useRef, useState } from "react";

import { words } from "./parts.words";
import { useWords } from "./words";

export type Question = {
  title: string;
  body?: ReactNode;
  /** The word on the button; say what it does. */
  action?: string;
  danger?: boolean;
  /** Ask for a reason; the answer is the reason. */
  reason?: "wanted" | "needed";
};

type Ask = (question: Question) => Promise<string | null>;

const Asking = createContext<Ask>(() => Promise.resolve(null));

export const useConfirm = (): Ask => useContext(Asking);

export function Confirming({ children }: { children: ReactNode }) {
  const t = useWords(words);
  const [question, setQuestion] = useState<Question | null>(null);
  const [reason, setReason] = useState("");
  const answer = useRef<(said: string | null) => void>(() => undefined);
  const ask = useCallback<Ask>((next) => {
    setReason("");
    setQuestion(next);
    return new Promise((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const say = (said: string | null) => {
    setQuestion(null);
    answer.current(said);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    say(reason.trim());
  };
  return (
    <Asking.Provider value={ask}>
      {children}
      <Modal opened={question !== null} onClose={() => say(null)} title={question?.title} closeButtonProps={{ "aria-label": t("close") }}>
        {question && (
          <form onSubmit={submit}>
            <Stack gap="md">
              {typeof question.body === "string" ? <Text size="sm">{question.body}</Text> : question.body}
              {question.reason && (
                <TextInput
                  label={t("reason")}
                  description={t("reasonSays")}
                  required={question.reason === "needed"}
                  value={reason}
                  maxLength={500}
                  onChange={(event) => setReason(event.currentTarget.value)}
                  data-autofocus
                />
              )}
              <Group justify="flex-end" gap={8}>
                <Button variant="default" onClick={() => say(null)}>
                  {t("cancel")}
                </Button>
                <Button type="submit" color={question.danger ? "red.9" : "pine"} disabled={question.reason === "needed" && !reason.trim()}>
                  {question.action ?? t("confirm")}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </Asking.Provider>
  );
}
