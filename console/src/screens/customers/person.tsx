import { Button, Group, Stack, Text } from "@mantine/core";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";

import { api, useMay } from "../../api";
import { Panel, sayError, useConfirm, useLang, useWords } from "../../ui";
import type { Personal, Sheet } from "./data";
import { words } from "./words";

/** Masked, until somebody who may gives a reason. What was shown is kept in this component only, not in a cache. */
export function Person({ sheet }: { sheet: Sheet }) {
  const t = useWords(words);
  const may = useMay();
  const ask = useConfirm();
  const lang = useLang();
  const [clear, setClear] = useState<Personal[] | null>(null);
  const reveal = async () => {
    const reason = await ask({ title: t("revealTitle"), body: t("revealSays"), action: t("reveal"), reason: "needed" });
    if (reason === null) return;
    try {
      setClear((await api.post<{ person: Personal[] }>(`/v1/customers/${sheet.customer}/reveal`, { reason }, { query: { lang } })).person);
    } catch (error) {
      sayError(error);
    }
  };
  const rows = clear ?? sheet.person;
  const button =
    clear !== null ? (
      <Button size="compact-xs" variant="default" leftSection={<IconEyeOff size={13} />} onClick={() => setClear(null)}>
        {t("hide")}
      </Button>
    ) : sheet.person.length > 0 && may("reveal") ? (
      <Button size="compact-xs" variant="default" leftSection={<IconEye size={13} />} onClick={() => void reveal()}>
        {t("reveal")}
      </Button>
    ) : null;
  return (
    <Panel title={t("person")} right={button}>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("noPerson")}
        </Text>
      ) : (
        <Stack gap={2}>
          {rows.map((row, i) => (
            <Group key={i} justify="space-between" wrap="nowrap" gap="md">
              <Text size="xs" c="dimmed">
                {row.says}
              </Text>
              <Text size="sm" ff={clear ? undefined : "monospace"}>
                {row.value}
              </Text>
            </Group>
          ))}
          {clear && (
            <Text size="xs" c="var(--note)">
              {t("revealDone")}
            </Text>
          )}
        </Stack>
      )}
    </Panel>
  );
}
