/** The screens of the room, as a line of links. */
import { Parts as Line, usePath, useWords } from "../../ui";
import { words } from "./nav.words";

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
  return <Line label={t("parts")} parts={PARTS.map(([name, to]) => ({ to, says: t(name) }))} now={path} />;
}
