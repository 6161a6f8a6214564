import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

/** A dialog that is open as long as it is there. It takes the focus, and gives it back to what opened it. */
export function Dialog(props: Omit<ModalProps, "opened" | "returnFocus">) {
  const [opener] = useState(openedBy);
  useEffect(
    () => () => {
      // once it is gone, and only where nobody else took the focus
      setTimeout(() => (document.activeElement ?? document.body) === document.body && opener()?.focus({ preventScroll: true }));
    },
    [opener],
  );
  return <Modal opened returnFocus={false} {...props} />;
}

/** What has the focus now; for an item of a menu, which goes when it is chosen, the menu's button. */
function openedBy(): () => HTMLElement | null {
  const now = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const menu = now?.closest<HTMLElement>("[role=menu]")?.id;
  return () => (menu ? document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(menu)}"]`) : now?.isConnected ? now : null);
}
