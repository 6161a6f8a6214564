/** Every version of a dashboard, each of which can be brought back as a new one. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";

import { Answer, useFormat, useWords } from "../../ui";
import { type Board, type Document, useVersions } from "../understand/boards";
import { words } from "./words";

type HistoryProps = { board: Board; opened: boolean; onClose: () => void; onRevert: (document: Document) => void };

export function History({ board, opened, onClose, onRevert }: HistoryProps) {
  const t = useWords(words);
  const format = useFormat();
  const query = useVersions(board.dashboard, opened);
  return (
    <Modal opened={opened} onClose={onClose} title={t("historyTitle")} size={520} closeButtonProps={{ "aria-label": t("close") }}>
      <Answer query={query} height={160}>
        {(data) => (
          <Stack gap={6}>
            {data.map((one) => (
              <Group key={one.version} justify="space-between" wrap="nowrap">
                <div>
                  <Text size="sm">
                    {t("version", { n: one.version })} · {t("tilesN", { n: one.document?.tiles?.length ?? 0 })}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {format.moment(one.at)} · {one.by}
                    {one.note ? ` · ${one.note}` : ""}
                  </Text>
                </div>
                {one.version === board.version ? (
                  <Text size="xs">{t("current")}</Text>
                ) : (
                  !one.removed && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => {
                        onRevert(one.document);
                        onClose();
                      }}
                    >
                      {t("revert")}
                    </Button>
                  )
                )}
              </Group>
            ))}
          </Stack>
        )}
      </Answer>
    </Modal>
  );
}
