/** When a dashboard would be sent. It is kept, and said plainly that nothing is sent before there are channels. */
import { Button, Group, Modal, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../ui";
import type { Document, Schedule } from "../understand/boards";
import { words } from "./words";

type PlanProps = { document: Document; opened: boolean; onClose: () => void; onSave: (schedule: Schedule | null) => void };

export function Plan({ document, opened, onClose, onSave }: PlanProps) {
  const t = useWords(words);
  return (
    <Modal opened={opened} onClose={onClose} title={t("scheduleTitle")} closeButtonProps={{ "aria-label": t("close") }}>
      {opened && (
        <PlanForm
          schedule={document.schedule ?? null}
          onSave={(next) => {
            onSave(next);
            onClose();
          }}
        />
      )}
    </Modal>
  );
}

const NEW: Schedule = { every: "week", weekday: 0, day: 1, hour: 8, to: [] };

function PlanForm({ schedule, onSave }: { schedule: Schedule | null; onSave: (schedule: Schedule | null) => void }) {
  const t = useWords(words);
  const [plan, setPlan] = useState<Schedule | null>(schedule);
  const set = (part: Partial<Schedule>) => setPlan((before) => ({ ...(before ?? NEW), ...part }));
  return (
    <Stack gap="sm">
      <Text size="sm" c="var(--note)">
        {t("scheduleWaits")}
      </Text>
      <Group align="flex-end" gap={8}>
        <Select
          label={t("every")}
          data={(["never", "day", "week", "month"] as const).map((one) => ({ value: one as string, label: t(`every_${one}`) }))}
          value={plan?.every ?? "never"}
          onChange={(next) => (next === "never" || next === null ? setPlan(null) : set({ every: next as Schedule["every"] }))}
          allowDeselect={false}
          w={130}
        />
        {plan?.every === "week" && (
          <Select
            label={t("weekday")}
            data={([0, 1, 2, 3, 4, 5, 6] as const).map((n) => ({ value: String(n), label: t(`wd_${n}`) }))}
            value={String(plan.weekday)}
            onChange={(next) => set({ weekday: Number(next) })}
            allowDeselect={false}
            w={120}
          />
        )}
        {plan?.every === "month" && <NumberInput label={t("dayOfMonth")} value={plan.day} min={1} max={28} onChange={(next) => set({ day: Number(next) || 1 })} w={90} />}
        {plan && <NumberInput label={t("hour")} value={plan.hour} min={0} max={23} onChange={(next) => set({ hour: Number(next) || 0 })} w={90} />}
      </Group>
      <Group justify="flex-end">
        <Button onClick={() => onSave(plan)}>{t("save")}</Button>
      </Group>
    </Stack>
  );
}
