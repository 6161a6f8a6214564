/** The parts of the settings, and which of them is shown. */
import type { ReactNode } from "react";

import { useMay } from "../../api";
import { Empty, Go, Page, useWords } from "../../ui";
import classes from "./settings.module.css";
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
      <nav className={classes.parts} aria-label={t("parts")}>
        {parts.map((one) => (
          <Go key={one} to={`/settings/${one}`} className={classes.part} aria-current={one === part ? "page" : undefined}>
            {t(one)}
          </Go>
        ))}
      </nav>
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
