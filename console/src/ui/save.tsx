import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPhotoDown } from "@tabler/icons-react";
import { useState } from "react";

import { words } from "./parts.words";
import { sayError } from "./say";
import { useWords } from "./words";

/** Save a part of the screen as a PNG. */
export const savePicture = async (place: HTMLElement | null | undefined, name: string): Promise<void> => {
  if (!place) return;
  try {
    await (await import("./picture")).savePicture(place, name);
  } catch (error) {
    sayError(error);
  }
};

/** The button for it; it is in no picture itself. */
export function SavePicture({ save }: { save: () => unknown }) {
  const t = useWords(words);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    await save();
    setBusy(false);
  };
  return (
    <Tooltip label={t("png")}>
      <ActionIcon data-no-picture aria-label={t("png")} loading={busy} onClick={() => void run()}>
        <IconPhotoDown size={15} />
      </ActionIcon>
    </Tooltip>
  );
}
