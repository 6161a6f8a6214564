/** A new write key, or a second one like another; what to paste is shown once. */
import { Alert, Button, Group, Modal, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";

import { api } from "../../api";
import { Snippet, useGo, useWords } from "../../ui";
import { type MadeKey, useDo, type WriteKey } from "./api";
import { words } from "./forms.words";

const FRESH = { source: "", side: "browser", origins: "", ip: "truncated", per_minute: 0, per_day: 0 };

export function KeyForm({ opened, close, like = null }: { opened: boolean; close: () => void; like?: WriteKey | null }) {
  const t = useWords(words);
  const [form, setForm] = useState(FRESH);
  const [made, setMade] = useState<MadeKey | null>(null);
  const make = useDo(
    (body: typeof FRESH) => api.post<MadeKey>("/v1/sources/keys", { ...body, origins: body.origins.split(/\s+/).filter(Boolean) }),
    ["sources"],
  );
  const rotate = useDo((key: number) => api.post<MadeKey>(`/v1/sources/keys/${key}/rotate`), ["sources"]);
  const { mutateAsync: again } = rotate;
  useEffect(() => {
    if (opened && like) again(like.key).then(setMade, close);
    // once for each key that is rotated
  }, [opened, like?.key]);
  const done = () => {
    setMade(null);
    setForm(FRESH);
    close();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ ...form, origins: form.side === "server" ? "" : form.origins }, { onSuccess: setMade });
  };
  const set = (patch: Partial<typeof FRESH>) => setForm({ ...form, ...patch });
  return (
    <Modal opened={opened} onClose={done} size="lg" title={like ? t("rotate", { source: like.source }) : t("connect")} closeButtonProps={{ "aria-label": t("done") }}>
      {made ? (
        <Made made={made} done={done} />
      ) : like ? null : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput data-autofocus required label={t("source")} description={t("sourceSays")} value={form.source} maxLength={80} onChange={(e) => set({ source: e.currentTarget.value })} />
            <div>
              <Text size="xs" fw={500} mb={4} id="side">
                {t("side")}
              </Text>
              <SegmentedControl
                aria-labelledby="side"
                value={form.side}
                onChange={(side) => set({ side })}
                data={[
                  { value: "browser", label: t("browser") },
                  { value: "server", label: t("server") },
                ]}
              />
              <Text size="xs" c="dimmed" mt={4}>
                {t(form.side === "browser" ? "sideBrowser" : "sideServer")}
              </Text>
            </div>
            {form.side === "browser" && (
              <Textarea label={t("origins")} description={t("originsSays")} autosize minRows={2} value={form.origins} onChange={(e) => set({ origins: e.currentTarget.value })} />
            )}
            <SimpleGrid cols={{ base: 1, xs: 3 }} style={{ alignItems: "end" }}>
              <Select label={t("ip")} allowDeselect={false} value={form.ip} onChange={(ip) => set({ ip: ip ?? "truncated" })} data={(["truncated", "full", "none"] as const).map((value) => ({ value, label: t(value) }))} />
              <NumberInput label={t("perMinute")} description={t("noLimit")} min={0} value={form.per_minute} onChange={(v) => set({ per_minute: Number(v) || 0 })} />
              <NumberInput label={t("perDay")} description={t("noLimit")} min={0} value={form.per_day} onChange={(v) => set({ per_day: Number(v) || 0 })} />
            </SimpleGrid>
            <Group justify="flex-end">
              <Button type="submit" loading={make.isPending}>
                {t("make")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Made({ made, done }: { made: MadeKey; done: () => void }) {
  const t = useWords(words);
  const go = useGo();
  const body = '{"userId":"me","event":"Product Viewed","properties":{"product_id":"1"}}';
  const curl = `curl ${made.address}/v1/track -u '${made.key}:' -H 'content-type: application/json' -d '${body}'`;
  const settings = `const analytics = new Analytics({ writeKey: "${made.key}", host: "${made.address}" });`;
  return (
    <Stack gap="sm">
      <Alert color="yellow">{t("once")}</Alert>
      <Snippet label={t("key")} text={made.key} />
      {made.tag && <Snippet label={t("tag")} text={made.tag} />}
      {made.side === "server" && <Snippet label={t("settings")} text={settings} />}
      <Snippet label={t("curl")} text={curl} />
      <Text size="sm" c="dimmed">
        {t("test")}
      </Text>
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={() => go("/sources/live", { source: made.source })}>
          {t("toLive")}
        </Button>
        <Button onClick={done}>{t("done")}</Button>
      </Group>
    </Stack>
  );
}
