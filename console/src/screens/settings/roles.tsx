/** Roles in words, and what each may. */
import { Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api";
import { useLang, useWords } from "../../ui";
import { words } from "./words";

export const roles = ["owner", "marketer", "analyst", "agent", "viewer"] as const;
export type Role = (typeof roles)[number];
type RoleRow = { role: Role; says: string; rights: { right: string; says: string }[] };

export function useRoles() {
  const lang = useLang();
  return useQuery({ queryKey: ["roles", lang], queryFn: () => api.get<RoleRow[]>("/v1/roles", { lang }), staleTime: Infinity });
}

export function useRoleWord(): (role: string) => string {
  const t = useWords(words);
  return (role) => {
    const known = roles.find((one) => one === role);
    return known ? t(`role_${known}`) : role;
  };
}

export type RoleChoiceProps = { label: string; value: Role; set: (role: Role) => void; without?: Role };

/** A role, with what it may under it. */
export function RoleChoice({ label, value, set, without }: RoleChoiceProps) {
  const word = useRoleWord();
  const known = useRoles().data?.find((one) => one.role === value);
  return (
    <div>
      <Select
        label={label}
        data={roles.filter((one) => one !== without).map((one) => ({ value: one, label: word(one) }))}
        value={value}
        allowDeselect={false}
        onChange={(chosen) => chosen && set(chosen as Role)}
      />
      {known && (
        <Text size="xs" c="dimmed" mt={4}>
          {known.rights.map((right) => right.says).join(" · ")}
        </Text>
      )}
    </div>
  );
}
