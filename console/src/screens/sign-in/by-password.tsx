import { Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, type Me } from "../../api";
import { ErrorBox, useWords } from "../../ui";
import { type Access, useEnter } from "./access";
import { words } from "./words";

/** E-mail and password; where there is one, the provider below. */
export function ByPassword({ access }: { access: Access }) {
  const t = useWords(words);
  const enter = useEnter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const trying = useMutation({ mutationFn: () => api.post<Me>("/v1/sign-in", { email, password }), onSuccess: enter });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!trying.isPending) trying.mutate();
  };
  return (
    <Stack gap="md">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            size="sm"
            type="email"
            label={t("email")}
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            visibilityToggleButtonProps={{ "aria-label": t("show") }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {trying.error && <ErrorBox error={trying.error} height={0} />}
          <Button type="submit" size="sm" loading={trying.isPending} fullWidth>
            {t("signIn")}
          </Button>
        </Stack>
      </form>
      {access.provider && (
        <>
          <Divider label={t("or")} />
          <Button component="a" href="/v1/sign-in/provider" size="sm" variant="default" fullWidth>
            {t("with", { provider: access.provider })}
          </Button>
        </>
      )}
      <Text size="xs" c="dimmed">
        {t("forgot")}
      </Text>
    </Stack>
  );
}
