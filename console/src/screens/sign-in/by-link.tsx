import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, type Me } from "../../api";
import { Answer, ErrorBox, useWords } from "../../ui";
import { type Access, type Link, useEnter, useLink } from "./access";
import { Said } from "./said";
import { words } from "./words";

/** A one-time link: an account, or a new password. */
export function ByLink({ token, access }: { token: string; access: Access }) {
  const t = useWords(words);
  const link = useLink(token);
  if (link.error) {
    return (
      <Stack gap="sm">
        <ErrorBox error={link.error} height={120} />
        <Button component="a" href="/sign-in" variant="default">
          {t("dead")}
        </Button>
      </Stack>
    );
  }
  return (
    <Answer query={link} height={260}>
      {(found) => <Form token={token} link={found} access={access} />}
    </Answer>
  );
}

const roles = ["owner", "marketer", "analyst", "agent", "viewer"] as const;

function Form({ token, link, access }: { token: string; link: Link; access: Access }) {
  const t = useWords(words);
  const enter = useEnter();
  const [email, setEmail] = useState(link.email);
  const [name, setName] = useState(link.name);
  const [password, setPassword] = useState("");
  const using = useMutation({ mutationFn: () => api.post<Me>("/v1/links/use", { token, email, name, password }), onSuccess: enter });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!using.isPending) using.mutate();
  };
  const role = roles.find((one) => one === link.role) ?? "viewer";
  const says = {
    owner: t("ownerSays", { shop: access.shop }),
    invite: t("inviteSays", { role: t(`role_${role}`) }),
    reset: t("resetSays", { email: link.email }),
  }[link.kind];
  const title = { owner: t("owner"), invite: t("invite", { shop: access.shop }), reset: t("reset") }[link.kind];
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Said title={title} says={says} />
        {link.kind !== "reset" && (
          <TextInput
            size="sm"
            label={t("name")}
            description={t("nameSays")}
            autoComplete="name"
            autoFocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <TextInput
          size="sm"
          type="email"
          label={t("email")}
          autoComplete="username"
          required
          withAsterisk={false}
          readOnly={link.email !== ""}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("password")}
          description={t("passwordSays")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={10}
          maxLength={256}
          value={password}
          visibilityToggleButtonProps={{ "aria-label": t("show") }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {using.error && <ErrorBox error={using.error} height={0} />}
        <Button type="submit" size="sm" loading={using.isPending} fullWidth>
          {link.kind === "reset" ? t("set") : t("make")}
        </Button>
      </Stack>
    </form>
  );
}
