/** Links that show a dashboard to people who do not work here: made, shown once, ended. */
import { Button, CopyButton, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { Answer, Empty, say, sayError, useFormat, useWords } from "../../ui";
import { type Link, useBoardChange, useLinks } from "../understand/boards";
import { words } from "./words";

export function Share({ name, opened, onClose }: { name: string; opened: boolean; onClose: () => void }) {
  const t = useWords(words);
  return (
    <Modal opened={opened} onClose={onClose} title={t("shareTitle")} size={520} closeButtonProps={{ "aria-label": t("close") }}>
      {opened && <Links name={name} />}
    </Modal>
  );
}

const DAYS = { "7": "days_7", "30": "days_30", "90": "days_90", never: "days_never" } as const;

function Links({ name }: { name: string }) {
  const t = useWords(words);
  const query = useLinks(name, true);
  const change = useBoardChange();
  const [days, setDays] = useState("90");
  const [least, setLeast] = useState<string | number>(10);
  const made = change.share.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.share.mutate({ name, days: days === "never" ? null : Number(days), least: Number(least) || 0 }, { onError: sayError });
  };
  return (
    <Stack gap="md">
      <Text size="sm">{t("shareSays")}</Text>
      <form onSubmit={submit}>
        <Group align="flex-end" gap={8}>
          <Select label={t("days")} data={Object.entries(DAYS).map(([value, key]) => ({ value, label: t(key) }))} value={days} onChange={(next) => setDays(next ?? "90")} allowDeselect={false} w={150} />
          <NumberInput label={t("least")} value={least} onChange={setLeast} min={0} max={1000} w={200} hideControls />
          <Button type="submit" loading={change.share.isPending}>
            {t("makeLink")}
          </Button>
        </Group>
      </form>
      {made && <Once text={`${window.location.origin}${made.path}`} />}
      <Answer query={query} height={60} empty={(data) => (data.length === 0 ? <Empty why={t("noLinks")} height={60} /> : null)}>
        {(data) => (
          <Stack gap={4}>
            {data.map((link) => (
              <One key={link.id} link={link} onEnd={() => change.end.mutate({ name, id: link.id }, { onSuccess: () => say(t("ended")), onError: sayError })} />
            ))}
          </Stack>
        )}
      </Answer>
    </Stack>
  );
}

function Once({ text }: { text: string }) {
  const t = useWords(words);
  return (
    <div>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <TextInput aria-label={t("share")} value={text} readOnly style={{ flex: 1 }} onFocus={(event) => event.currentTarget.select()} />
        <CopyButton value={text}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? t("copied") : t("copy")}</Button>}
        </CopyButton>
      </Group>
      <Text size="xs" c="var(--note)" mt={4}>
        {t("linkOnce")}
      </Text>
    </div>
  );
}

function One({ link, onEnd }: { link: Link; onEnd: () => void }) {
  const t = useWords(words);
  const format = useFormat();
  const state = !link.open ? t("linkOver") : link.until ? t("linkUntil", { at: format.moment(link.until) }) : t("linkOpen");
  return (
    <Group justify="space-between">
      <Text size="sm" c={link.open ? undefined : "dimmed"}>
        {t("link", { n: String(link.id) })} · {state}
      </Text>
      {link.open && (
        <Button size="compact-xs" variant="default" onClick={onEnd}>
          {t("end")}
        </Button>
      )}
    </Group>
  );
}
