/** The screens of a room, as a line of links. */
import { Go } from "./go";

export type Part = { to: string; says: string };

export function Parts({ label, parts, now }: { label: string; parts: readonly Part[]; now: string }) {
  return (
    <nav className="parts" aria-label={label}>
      {parts.map(({ to, says }) => (
        <Go key={to} to={to} className="part" aria-current={to === now ? "page" : undefined}>
          {says}
        </Go>
      ))}
    </nav>
  );
}
