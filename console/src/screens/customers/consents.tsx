import { Text } from "@mantine/core";

import { DataTable, Panel, useFormat, useWords } from "../../ui";
import type { Sheet } from "./data";
import { words } from "./words";

const STATES = ["granted", "refused", "withdrawn", "unknown"] as const;
const PURPOSES = ["advertising", "profiling"] as const;

/** The latest word for each purpose and channel. Nothing said means no. */
export function Consents({ consents }: { consents: Sheet["consents"] }) {
  const t = useWords(words);
  const format = useFormat();
  const state = (said: string) => {
    const known = STATES.find((one) => one === said);
    return known ? t(known) : said;
  };
  const purpose = (said: string) => {
    const known = PURPOSES.find((one) => one === said);
    return known ? t(known) : said;
  };
  return (
    <Panel title={t("consentTitle")} flush={consents.length > 0}>
      {consents.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("noConsent")}
        </Text>
      ) : (
        <DataTable
          label={t("consentTitle")}
          rows={consents}
          rowKey={(row) => `${row.purpose}/${row.channel}/${row.at}`}
          columns={[
            { key: "purpose", title: t("purpose"), cell: (row) => purpose(row.purpose) },
            { key: "channel", title: t("channel"), cell: (row) => row.channel_says },
            {
              key: "state",
              title: t("state"),
              cell: (row) => <span style={{ color: row.state === "granted" ? "var(--good)" : "var(--bad)" }}>{`${row.state === "granted" ? "✓" : "✕"} ${state(row.state)}`}</span>,
            },
            { key: "at", title: t("at"), cell: (row) => format.date(row.at) },
          ]}
        />
      )}
    </Panel>
  );
}
