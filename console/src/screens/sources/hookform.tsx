/** A webhook's definition: written, tried on a delivery, kept. */
import { Alert, Button, Checkbox, Code, Group, PasswordInput, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../../api";
import { Dialog, Snippet, useWords } from "../../ui";
import { useDo } from "./api";
import { words } from "./forms.words";
import css from "./sources.module.css";

const FRESH = `hook: shop-orders
source: online-shop
signature: {scheme: token, header: X-Token}
event: Order Completed
id: id
at: created_at
identifiers: {user_id: customer.id, email: customer.email}
order: {order_id: id, total: total, currency: currency}
items: {each: items, product_id: product_id, name: title, quantity: quantity, price: price}
channel: web
`;
const SAMPLE = `{"id": "1001", "created_at": "2026-11-22T10:00:00Z", "total": 12000, "currency": "KRW",
 "customer": {"id": "u1", "email": "someone@example.com"},
 "items": [{"product_id": "p1", "title": "Tea", "quantity": 1, "price": 12000}]}`;

type Told = { problem?: string; event?: string; at?: string; order_id?: string; amount?: number; lines?: number; identifiers?: string[] };

export function HookForm({ name, close }: { name: string; close: () => void }) {
  const t = useWords(words);
  const kept = useQuery({
    queryKey: ["webhooks", name],
    queryFn: () => api.get<{ definition: string }>(`/v1/webhooks/${encodeURIComponent(name)}`),
    enabled: name !== "",
  });
  const [text, setText] = useState(name ? "" : FRESH);
  const [secret, setSecret] = useState("");
  const [token, setToken] = useState(!name);
  const [sample, setSample] = useState(SAMPLE);
  const [headers, setHeaders] = useState("");
  const [shown, setShown] = useState<{ hook: string; token: string } | null>(null);
  useEffect(() => {
    if (kept.data) setText(kept.data.definition);
  }, [kept.data]);
  const save = useDo((body: object) => api.post<{ hook: string; token: string }>("/v1/webhooks", body), ["webhooks", "sources"]);
  const test = useDo((body: object) => api.post<Told[]>("/v1/webhooks/try", body), []);
  const named = () => Object.fromEntries(headers.split("\n").flatMap((line) => (line.includes(":") ? [[line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]] : [])));
  const keep = () =>
    save.mutate({ definition: text, secret, new_token: token && !secret }, { onSuccess: (made) => (made.token ? setShown(made) : close()) });
  return (
    <Dialog onClose={close} size="xl" title={name ? t("editHook", { name }) : t("newHook")} closeButtonProps={{ "aria-label": t("done") }}>
      {shown ? (
        <Stack gap="sm">
          <Alert color="yellow">{t("tokenShown")}</Alert>
          <Snippet label={t("key")} text={shown.token} />
          <Snippet label={t("address")} text={`${location.origin}/v1/hooks/${shown.hook}`} />
          <Group justify="flex-end">
            <Button onClick={close}>{t("done")}</Button>
          </Group>
        </Stack>
      ) : (
        <div className={css.two}>
          <Stack gap="sm">
            <Textarea label={t("definition")} description={t("definitionSays")} autosize minRows={14} maxRows={24} classNames={{ input: css.code ?? "" }} value={text} onChange={(e) => setText(e.currentTarget.value)} data-autofocus spellCheck={false} />
            <PasswordInput size="xs" label={t("secret")} description={t("secretSays")} value={secret} autoComplete="off" onChange={(e) => setSecret(e.currentTarget.value)} />
            <Checkbox label={t("token")} checked={token} disabled={secret !== ""} onChange={(e) => setToken(e.currentTarget.checked)} />
          </Stack>
          <Stack gap="sm">
            <Textarea label={t("sample")} autosize minRows={6} maxRows={12} classNames={{ input: css.code ?? "" }} value={sample} onChange={(e) => setSample(e.currentTarget.value)} spellCheck={false} />
            <Textarea label={t("headers")} autosize minRows={1} maxRows={4} classNames={{ input: css.code ?? "" }} value={headers} onChange={(e) => setHeaders(e.currentTarget.value)} spellCheck={false} />
            {test.data && <Tells told={test.data} />}
            <Group justify="flex-end" gap={8}>
              <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ definition: text, body: sample, headers: named() })}>
                {t("try")}
              </Button>
              <Button loading={save.isPending} onClick={keep}>
                {t("save")}
              </Button>
            </Group>
          </Stack>
        </div>
      )}
    </Dialog>
  );
}

function Tells({ told }: { told: readonly Told[] }) {
  const t = useWords(words);
  return (
    <div role="status">
      <Text size="sm" fw={600}>
        {told.length ? t("tells") : t("nothing")}
      </Text>
      {told.map((one, i) =>
        one.problem ? (
          <Text key={i} size="sm" className={css.bad ?? ""}>
            {t("problem", { what: one.problem })}
          </Text>
        ) : (
          <Code key={i} block>
            {JSON.stringify(one, null, 1)}
          </Code>
        ),
      )}
    </div>
  );
}
