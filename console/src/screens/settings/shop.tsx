/** The shop's settings, as far as they are changed from here. */
import { Button, Group, NumberInput, Select, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";

import { ApiError, api, ME, useMay } from "../../api";
import { Answer, ErrorBox, Panel, say, useLang, useWords } from "../../ui";
import { Frame } from "./frame";
import classes from "./settings.module.css";
import { words as own } from "./shop.words";
import { words } from "./words";

type Value = string | number | string[] | Record<string, string>;
type Setting = {
  setting: Name;
  group: "shop" | "customers" | "retention" | "signing";
  value: Value;
  kind: string;
  choices: string[];
  bounds: [number, number] | null;
  en: string;
  ko: string;
  fixed: boolean;
  recomputes: boolean;
};
type Kept = { table: string; en: string; ko: string };
type Settings = { version: string; settings: Setting[]; retention: Kept[] };
type Name = (typeof names)[number];

const names = [
  "name",
  "language",
  "timezone",
  "currency",
  "rates",
  "country",
  "hour_bands",
  "phone_region",
  "own_identifiers",
  "replay_days",
  "session_hours",
  "session_days",
] as const;
const groups = ["shop", "customers", "retention", "signing"] as const;
const KEY = ["settings"] as const;

export default function Shop() {
  const t = useWords(own);
  const may = useMay()("administer");
  const settings = useQuery({ queryKey: KEY, queryFn: () => api.get<Settings>("/v1/settings"), enabled: may, refetchOnWindowFocus: false });
  return (
    <Frame part="shop" says={t("says")}>
      <Answer query={settings} height={480}>
        {(found) => <Form key={found.version} found={found} />}
      </Answer>
    </Frame>
  );
}

function Form({ found }: { found: Settings }) {
  const t = useWords(own);
  const s = useWords(words);
  const client = useQueryClient();
  const [draft, setDraft] = useState<Partial<Record<Name, Value>>>({});
  const changed = useMemo(
    () => Object.fromEntries(found.settings.filter((one) => one.setting in draft && !same(draft[one.setting], one.value)).map((one) => [one.setting, draft[one.setting]])),
    [draft, found],
  );
  const saving = useMutation({
    mutationFn: () => api.put<{ recomputed: boolean }>("/v1/settings", { version: found.version, settings: changed }),
    onSuccess: ({ recomputed }) => {
      say(recomputed ? t("recomputed") : s("saved"));
      void client.invalidateQueries({ queryKey: KEY });
      void client.invalidateQueries({ queryKey: ME });
    },
    onError: (error) => {
      if (!(error instanceof ApiError) || error.code !== "conflict") return;
      say(t("changedElsewhere"));
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate();
  };
  const some = Object.keys(changed).length > 0;
  const whole = found.settings.every((one) => within(one, draft[one.setting] ?? one.value));
  return (
    <form onSubmit={submit}>
      <div className={classes.stacked}>
        {groups.map((group) => (
          <Panel key={group} title={t(`group_${group}`)}>
            <div className={classes.form}>
              {found.settings
                .filter((one) => one.group === group)
                .map((one) => (
                  <Field key={one.setting} of={one} value={draft[one.setting] ?? one.value} set={(value) => setDraft({ ...draft, [one.setting]: value })} />
                ))}
              {group === "retention" && <Retention kept={found.retention} />}
            </div>
          </Panel>
        ))}
      </div>
      {saving.error && <ErrorBox error={saving.error} height={0} />}
      <Group mt="md" gap={8}>
        <Button type="submit" disabled={!some || !whole} loading={saving.isPending}>
          {s("save")}
        </Button>
        {some && (
          <Button variant="default" onClick={() => setDraft({})}>
            {s("cancel")}
          </Button>
        )}
        {saving.isPending && (
          <Text size="sm" role="status">
            {t("saving")}
          </Text>
        )}
      </Group>
    </form>
  );
}

/** What goes by itself, and when. */
function Retention({ kept }: { kept: readonly Kept[] }) {
  const t = useWords(own);
  const lang = useLang();
  return (
    <details className={classes.kept}>
      <summary>{t("kept")}</summary>
      <dl>
        {kept.map((one) => (
          <div key={one.table}>
            <dt>
              <code>{one.table}</code>
            </dt>
            <dd>{one[lang]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether a number is there and may be: an empty field is no number, and least of all 0. */
const within = ({ bounds }: Setting, value: Value) => !bounds || (typeof value === "number" && value >= bounds[0] && value <= bounds[1]);
const zones = () => Intl.supportedValuesOf("timeZone");
const money = () => Intl.supportedValuesOf("currency");

function Field({ of, value, set }: { of: Setting; value: Value; set: (value: Value) => void }) {
  const t = useWords(own);
  const lang = useLang();
  const notes = of.fixed ? t("fixed") : of.recomputes ? `${of[lang]}. ${t("recomputes")}` : of[lang];
  const common = { label: t(of.setting), description: notes, disabled: of.fixed };
  if (of.choices.length > 0) {
    const data = of.choices.map((one) => ({ value: one, label: one === "" ? t("follows") : one === "ko" ? "한국어" : one === "en" ? "English" : one }));
    return <Select {...common} data={data} value={String(value)} allowDeselect={false} onChange={(next) => set(next ?? "")} />;
  }
  if (of.bounds) {
    const [min, max] = of.bounds;
    const range = t("range", { min, max });
    const error = within(of, value) ? null : range;
    return (
      <NumberInput
        {...common}
        description={`${notes.replace(/\.$/, "")}. ${range}`}
        error={error}
        value={typeof value === "number" ? value : ""}
        min={min}
        max={max}
        clampBehavior="none"
        allowDecimal={false}
        onChange={set}
      />
    );
  }
  if (of.kind === "timezone" || of.kind === "currency") {
    const data = of.kind === "timezone" ? zones() : money();
    const every = data.includes(String(value)) ? data : [String(value), ...data];
    return <Select {...common} searchable data={every} value={String(value)} allowDeselect={false} onChange={(next) => next && set(next)} />;
  }
  if (Array.isArray(value)) return <Lines {...common} hint={t("lines")} text={value.join("\n")} set={(text) => set(rows(text))} />;
  if (typeof value === "object") {
    const text = Object.entries(value)
      .map(([name, one]) => `${name}: ${one}`)
      .join("\n");
    return <Lines {...common} hint={t(of.setting === "rates" ? "pairs" : "lines")} text={text} set={(next) => set(pairs(next))} />;
  }
  return <TextInput {...common} value={String(value)} onChange={(event) => set(event.currentTarget.value)} />;
}

type LinesProps = { label: string; description: string; disabled: boolean; hint: string; text: string; set: (text: string) => void };

/** What is typed stays as it is typed until it is read. */
function Lines({ label, description, disabled, hint, text, set }: LinesProps) {
  const [typed, setTyped] = useState(text);
  return (
    <Textarea
      label={label}
      description={`${description.replace(/\.$/, "")}. ${hint}`}
      disabled={disabled}
      autosize
      minRows={2}
      maxRows={8}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        set(event.currentTarget.value);
      }}
    />
  );
}

const rows = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    rows(text).map((line) => {
      const [name = "", ...rest] = line.split(":");
      return [name.trim(), rest.join(":").trim()];
    }),
  );
