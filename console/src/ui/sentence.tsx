import type { ReactNode } from "react";

/** A sentence with **what matters** set off: by weight, not by colour alone. */
export function Sentence({ children }: { children: string }) {
  const parts: ReactNode[] = children.split("**").map((part, i) => (i % 2 ? <strong key={i}>{part}</strong> : part));
  return <span>{parts}</span>;
}
