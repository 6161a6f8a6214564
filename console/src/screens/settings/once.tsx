/** Something that is shown once: a link, a key. It is gone when the window is closed. */
import { Button, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { useWords } from "../../ui";
import classes from "./settings.module.css";
import { words } from "./words";

export type Shown = { title: string; says: ReactNode; secret: string };

export function Once({ shown, close }: { shown: Shown | null; close: () => void }) {
  const t = useWords(words);
  return (
    <Modal opened={shown !== null} onClose={close} title={shown?.title} size="lg" closeButtonProps={{ "aria-label": t("close") }}>
      {shown && (
        <Stack gap="sm">
          <Text size="sm">{shown.says}</Text>
          <code className={classes.secret} data-testid="secret">
            {shown.secret}
          </code>
          <Group justify="flex-end" gap={8}>
            <CopyButton value={shown.secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} data-autofocus>
                  {copied ? t("copied") : t("copy")}
                </Button>
              )}
            </CopyButton>
            <Button onClick={close}>{t("close")}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
