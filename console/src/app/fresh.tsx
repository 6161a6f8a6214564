import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { api } from "../api";
import { useFormat, useWords } from "../ui";
import { words } from "./words";

export type Pulse = { refreshed_at: string | null; waiting: number };

/** How fresh the numbers are, always in sight: a dot, and its words for who asks. */
export function Fresh() {
  const t = useWords(words);
  const format = useFormat();
  const { data, error } = useQuery({
    queryKey: ["pulse"],
    queryFn: ({ signal }) => api.get<Pulse>("/v1/pulse", {}, signal),
    refetchInterval: 10_000,
  });
  const ago = format.ago(data?.refreshed_at);
  const [state, said] = error
    ? ["bad", t("down")]
    : !data?.refreshed_at
      ? ["idle", t("never")]
      : data.waiting > 0
        ? ["note", t("behind", { ago })]
        : ["good", t("fresh", { ago })];
  return (
    <Tooltip label={said}>
      <span role="status" style={{ display: "inline-flex", padding: 6 }}>
        <span className="dot" data-state={state} />
        <span className="unseen">{said}</span>
      </span>
    </Tooltip>
  );
}
