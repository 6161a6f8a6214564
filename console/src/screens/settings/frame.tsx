/** The parts of the settings, and which of them is shown. */
import type { ReactNode } from "react";

import { useMay } from "../../api";
import { Empty, Page, Parts, useWords } from "../../ui";
import { words } from "./words";

const parts = ["account", "people", "keys", "shop", "backups", "audit"] as const;
export type Part = (typeof parts)[number];

export type FrameProps = { part: Part; says?: ReactNode; actions?: ReactNode; children: ReactNode };

/** Everything but one's own account is for owners; others are told so instead of being shown an error. */
export function Frame({ part, says, actions, children }: FrameProps) {
  const t = useWords(words);
  const may = useMay();
  const mine = part === "account" || may("administer");
  return (
    <Page title={t(part)} says={mine ? says : undefined} actions={mine ? actions : undefined} crumbs={[{ says: t("title"), to: "/settings" }]}>
      <Parts label={t("parts")} parts={parts.map((one) => ({ to: `/settings/${one}`, says: t(one) }))} now={`/settings/${part}`} />
      {mine ? (
        children
      ) : (
        <div className="panel">
          <Empty why={t("notYours")} hint={t("notYoursHint", { what: t(part) })} height={200} />
        </div>
      )}
    </Page>
  );
}
