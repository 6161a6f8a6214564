import { Modal, Table } from "@mantine/core";

import { useWords } from "../ui";
import { useKeyList } from "../ui/keys";
import { words } from "./words";

export function KeyList({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useWords(words);
  const keys = useKeyList();
  return (
    <Modal opened={opened} onClose={close} title={t("keys")} closeButtonProps={{ "aria-label": t("close") }}>
      <Table verticalSpacing={4} aria-label={t("keys")}>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>{t("palette")}</Table.Td>
            <Table.Td ta="right">
              <kbd>Ctrl/⌘ K</kbd>
            </Table.Td>
          </Table.Tr>
          {keys.map((key) => (
            <Table.Tr key={key.key}>
              <Table.Td>{key.says}</Table.Td>
              <Table.Td ta="right">
                {key.key.split(" ").map((one) => (
                  <kbd key={one}>{one === "Escape" ? "Esc" : one}</kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
