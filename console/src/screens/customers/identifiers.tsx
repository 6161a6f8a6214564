import { Button, Checkbox, Group, Text } from "@mantine/core";
import { useState } from "react";

import { useMay } from "../../api";
import { DataTable, useFormat, useWords } from "../../ui";
import type { Identifier, Sheet, Step } from "./data";
import { MergeWith } from "./mergewith";
import { Repairing } from "./repair";
import { words } from "./words";

/** Every identifier with why it is here; those that are somebody else's can be taken apart, seen before it is done. */
export function Identifiers({ sheet }: { sheet: Sheet }) {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [step, setStep] = useState<Step | null>(null);
  const [merging, setMerging] = useState(false);
  const mend = may("mend");
  const flip = (node: string) => setChosen(chosen.includes(node) ? chosen.filter((one) => one !== node) : [...chosen, node]);
  const name = (row: Identifier) => `${row.says} ${row.value ?? ""}`.trim();
  return (
    <div>
      <Group justify="space-between" px={14} pt={10} gap={8}>
        <Text size="xs" c="dimmed">
          {mend && sheet.identifiers.length > 1 ? t("apartHint") : t("identifiersSays")}
        </Text>
        {mend && (
          <Group gap={6}>
            <Button
              variant="default"
              disabled={!chosen.length || chosen.length === sheet.identifiers.length}
              onClick={() => setStep({ way: "apart", identifiers: [...chosen] })}
            >
              {t("apart")}
            </Button>
            <Button variant="default" onClick={() => setMerging(true)}>
              {t("merge")}
            </Button>
          </Group>
        )}
      </Group>
      <DataTable<Identifier>
        label={t("identifiers")}
        rows={sheet.identifiers}
        rowKey={(row) => row.node}
        columns={[
          ...(mend && sheet.identifiers.length > 1
            ? [
                {
                  key: "node",
                  title: "",
                  width: 24,
                  cell: (row: Identifier) => <Checkbox checked={chosen.includes(row.node)} onChange={() => flip(row.node)} aria-label={t("choose", { what: name(row) })} />,
                },
              ]
            : []),
          { key: "kind", title: t("kind"), cell: (row) => row.says },
          { key: "value", title: t("masked"), cell: (row) => row.value ?? "–" },
          { key: "first_seen", title: t("firstSeen"), cell: (row) => format.date(row.first_seen) },
          { key: "last_seen", title: t("lastSeen"), cell: (row) => format.date(row.last_seen) },
          { key: "source", title: t("source"), cell: (row) => row.source ?? "–" },
          {
            key: "why",
            title: t("why"),
            wrap: true,
            cell: (row) => (
              <Group gap={6}>
                <Text size="xs">{row.oldest ? t("oldest") : row.why}</Text>
                {mend && row.entry !== null && (
                  <Button size="compact-xs" variant="subtle" onClick={() => setStep({ way: "back", entry: row.entry ?? 0 })}>
                    {t("takeBack")}
                  </Button>
                )}
              </Group>
            ),
          },
        ]}
      />
      <MergeWith
        customer={sheet.customer}
        opened={merging}
        close={() => setMerging(false)}
        look={(other) => {
          setMerging(false);
          setStep({ way: "merge", other });
        }}
      />
      {step && (
        <Repairing
          customer={sheet.customer}
          step={step}
          close={() => {
            setStep(null);
            setChosen([]);
          }}
        />
      )}
    </div>
  );
}
