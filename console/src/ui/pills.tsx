/** Filters as pills; what they say is in the URL. */
import { ActionIcon, Button, Group } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { words } from "./parts.words";
import { useWords } from "./words";

export type Pill = { id: string; says: string; remove: () => void };

export function Pills({ pills, clear, children }: { pills: readonly Pill[]; clear?: () => void; children?: ReactNode }) {
  const t = useWords(words);
  return (
    <Group gap={6}>
      {pills.length > 0 && (
        <Group gap={6} role="list">
          {pills.map((pill) => (
            <span className="pill" key={pill.id} role="listitem">
              {pill.says}
              <ActionIcon size={20} radius="xl" aria-label={t("remove", { what: pill.says })} onClick={pill.remove}>
                <IconX size={12} />
              </ActionIcon>
            </span>
          ))}
        </Group>
      )}
      {children}
      {clear && pills.length > 1 && (
        <Button variant="subtle" size="compact-xs" onClick={clear}>
          {t("clear")}
        </Button>
      )}
    </Group>
  );
}
