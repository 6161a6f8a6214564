/** One's own name, language, colours, password and sessions. */
import { Badge, Button, PasswordInput, Select, Stack, Text, TextInput, useMantineColorScheme } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, ME, type Me, useMe } from "../../api";
import { Answer, DataTable, ErrorBox, Panel, say, sayError, setLang, useFormat, useWords } from "../../ui";
import { words as own } from "./account.words";
import { Frame } from "./frame";
import { useRoleWord } from "./roles";
import classes from "./settings.module.css";
import { words } from "./words";

type Own = Me & { person: { kind?: string; theme?: string | null } };
type Session = { session: number; device: string; made_at: string; seen_at: string; here: boolean };

export default function Account() {
  const t = useWords(own);
  const me = useMe().data as Own | undefined;
  const person = me?.person.kind === "person";
  return (
    <Frame part="account" says={t("says")}>
      {me && !person && (
        <Panel>
          <Text size="sm">{t("noAccount")}</Text>
        </Panel>
      )}
      {me && person && (
        <Stack gap={14}>
          <div className={classes.columns}>
            <You me={me} />
            <Password email={me.person.email ?? ""} />
          </div>
          <Sessions />
        </Stack>
      )}
    </Frame>
  );
}

function You({ me }: { me: Own }) {
  const t = useWords(own);
  const s = useWords(words);
  const role = useRoleWord();
  const client = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [name, setName] = useState(me.person.name ?? "");
  const saving = useMutation({
    mutationFn: (said: { name?: string; lang?: string; theme?: string }) => api.put<Me>("/v1/me", said),
    onSuccess: (now) => {
      client.setQueryData(ME, now);
      say(s("saved"));
    },
    onError: sayError,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ name });
  };
  return (
    <Panel title={t("you")} right={<Badge>{role(me.role)}</Badge>}>
      <form className={classes.form} onSubmit={submit}>
        <TextInput label={t("email")} value={me.person.email ?? ""} readOnly />
        <TextInput label={t("name")} value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
        <Select
          label={t("lang")}
          allowDeselect={false}
          data={[
            { value: "ko", label: "한국어" },
            { value: "en", label: "English" },
          ]}
          value={me.lang}
          placeholder={t("langBrowser")}
          onChange={(lang) => {
            if (lang !== "ko" && lang !== "en") return;
            setLang(lang);
            saving.mutate({ lang });
          }}
        />
        <Select
          label={t("theme")}
          allowDeselect={false}
          data={[
            { value: "light", label: t("light") },
            { value: "dark", label: t("dark") },
            { value: "auto", label: t("auto") },
          ]}
          value={colorScheme}
          onChange={(theme) => {
            if (theme !== "light" && theme !== "dark" && theme !== "auto") return;
            setColorScheme(theme);
            saving.mutate({ theme });
          }}
        />
        <div>
          <Button type="submit" loading={saving.isPending} disabled={name.trim() === (me.person.name ?? "")}>
            {s("save")}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Password({ email }: { email: string }) {
  const t = useWords(own);
  const client = useQueryClient();
  const [before, setBefore] = useState("");
  const [next, setNext] = useState("");
  const changing = useMutation({
    mutationFn: () => api.post<{ ended: number }>("/v1/me/password", { old: before, new: next }),
    onSuccess: ({ ended }) => {
      setBefore("");
      setNext("");
      say(t("changed", { n: ended }));
      void client.invalidateQueries({ queryKey: ["my-sessions"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changing.mutate();
  };
  const eye = { "aria-label": t("show") };
  return (
    <Panel title={t("password")}>
      <form className={classes.form} onSubmit={submit}>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          size="xs"
          label={t("old")}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={before}
          visibilityToggleButtonProps={eye}
          onChange={(event) => setBefore(event.currentTarget.value)}
        />
        <PasswordInput
          size="xs"
          label={t("new")}
          description={t("newSays")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={10}
          maxLength={256}
          value={next}
          visibilityToggleButtonProps={eye}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        {changing.error && <ErrorBox error={changing.error} height={0} />}
        <div>
          <Button type="submit" loading={changing.isPending}>
            {t("change")}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Sessions() {
  const t = useWords(own);
  const s = useWords(words);
  const format = useFormat();
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: ["my-sessions"], queryFn: () => api.get<Session[]>("/v1/me/sessions") });
  const ending = useMutation({
    mutationFn: (session: number) => api.del(`/v1/me/sessions/${session}`),
    onSuccess: () => {
      say(t("ended"));
      void client.invalidateQueries({ queryKey: ["my-sessions"] });
    },
    onError: sayError,
  });
  return (
    <Panel title={t("sessions")} flush>
      <Answer query={sessions} height={120}>
        {(rows) => (
          <DataTable
            label={t("sessions")}
            rows={rows}
            rowKey={(row) => row.session}
            columns={[
              { key: "device", title: t("device"), cell: (row) => row.device || t("unknown") },
              { key: "seen_at", title: t("seen"), cell: (row) => format.ago(row.seen_at) },
              { key: "made_at", title: t("since"), cell: (row) => format.date(row.made_at) },
              {
                key: "end",
                title: s("actions"),
                align: "right",
                cell: (row) =>
                  row.here ? (
                    <Badge>{t("here")}</Badge>
                  ) : (
                    <Button size="compact-xs" variant="default" onClick={() => ending.mutate(row.session)}>
                      {t("end")}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
