/** A short word after something was done, with its undo where there is one. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import { ApiError } from "../api/client";
import { words } from "./parts.words";
import { sayIn } from "./words";

export function say(message: string, undo?: () => unknown): void {
  const t = sayIn(words);
  const id = `said-${message.length}-${performance.now()}`;
  const done = () => {
    notifications.hide(id);
    void undo?.();
  };
  notifications.show({
    id,
    autoClose: undo ? 12_000 : 5_000,
    closeButtonProps: { "aria-label": t("close") },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        {undo && (
          <Button size="compact-xs" variant="default" onClick={done}>
            {t("undo")}
          </Button>
        )}
      </Group>
    ),
  });
}

/** The same for what failed. */
export function sayError(error: unknown): void {
  const t = sayIn(words);
  const known = error instanceof ApiError ? error : null;
  notifications.show({
    color: "red",
    autoClose: 10_000,
    closeButtonProps: { "aria-label": t("close") },
    title: known?.message || t(known?.status === 0 ? "offline" : "failed"),
    message: known?.hint ?? (known ? t("code", { code: known.code }) : ""),
  });
}
