/** The screens of the room, as a line of links. */
import { Go, usePath, useWords } from "../../ui";
import { words } from "./nav.words";
import css from "./sources.module.css";

const PARTS = [
  ["sources", "/sources"],
  ["import", "/sources/import"],
  ["live", "/sources/live"],
  ["plan", "/sources/plan"],
  ["quarantine", "/sources/quarantine"],
] as const;

export function Parts() {
  const t = useWords(words);
  const path = usePath();
  return (
    <nav className={css.parts} aria-label={t("parts")}>
      {PARTS.map(([name, to]) => (
        <Go key={name} to={to} className={css.part ?? ""} aria-current={path === to ? "page" : undefined}>
          {t(name)}
        </Go>
      ))}
    </nav>
  );
}
