/** A part of the map as a rule, for the builder to begin with. */
import type { Json } from "../segments/tree";

/** Those in all of `inside` and none of `outside`. */
export function intersectionRule(inside: readonly string[], outside: readonly string[]): Json {
  const parts: Json[] = inside.map((name) => ({ in: name }));
  if (outside.length > 0) parts.push({ not_in: outside.length === 1 ? (outside[0] as string) : [...outside] });
  return parts.length === 1 ? (parts[0] as Json) : { all: parts };
}

export const cellRule = (recency: number, frequency: number): Json => ({
  all: [
    { trait: "rfm_recency", is: recency },
    { trait: "rfm_frequency", is: frequency },
  ],
});
