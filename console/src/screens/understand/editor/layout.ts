/** Which fields of a question stand on its first line; every other one is under "More", so that none can be forgotten. Pure. */
import type { Schema } from "../asking";
import type { Kind } from "../kinds";

export const MAIN: Record<Kind, readonly string[]> = {
  trends: ["measure", "event", "period", "interval", "compare", "by"],
  funnel: ["steps", "period", "window", "order", "by"],
  retention: ["start", "back", "period", "interval", "by"],
  paths: ["nodes", "after", "before", "period", "by"],
  flows: ["trait", "period", "interval"],
  affinity: ["how", "of", "item", "period"],
  entry: ["of", "within_days", "period"],
  channels: ["channel", "period", "compare"],
  attribution: ["goal", "touch", "lookback_days", "period"],
  campaigns: ["period", "days"],
  timing: ["event", "period"],
  clicks: ["path", "device", "period"],
  replays: [],
};

/** Said elsewhere on the screen: filters are pills, the kind is the screen itself. */
const ELSEWHERE = new Set(["kind", "where", "filter", "segment"]);

/** What every question may say, and only these read: the others would show a control that changes nothing. */
const READ_BY: Record<string, readonly Kind[]> = {
  compare: ["trends", "channels"],
  by: ["trends", "funnel", "retention", "paths"],
  top: ["trends", "funnel", "retention", "paths", "flows", "channels", "attribution"],
};

export function fieldsOf(kind: Kind, schema: Schema): { main: string[]; more: string[] } {
  const all = Object.keys(schema.properties ?? {}).filter((name) => !ELSEWHERE.has(name) && (READ_BY[name]?.includes(kind) ?? true));
  const main = MAIN[kind].filter((name) => all.includes(name));
  return { main, more: all.filter((name) => !main.includes(name)) };
}

export type Control = "period" | "by" | "measure" | "touch" | "of" | "trait" | "nodes" | "holding" | "steps" | "step" | "event" | "length" | "choice" | "count" | "toggle" | "text" | "list";

/** A schema without its reference. */
export function resolved(field: Schema, defs: Record<string, Schema> = {}): Schema {
  const name = field.$ref?.split("/").at(-1);
  const target = name ? defs[name] : undefined;
  return target ? { ...target, ...field } : field;
}

const EVENTS = new Set(["event", "events"]);
const LENGTHS = new Set(["window", "gap"]);

const isStep = (schema: Schema): boolean => schema.properties !== undefined && "event" in schema.properties;

const OWN = ["period", "by", "measure", "touch", "trait", "nodes", "holding"] as const;
const isOwn = (name: string): name is (typeof OWN)[number] => (OWN as readonly string[]).includes(name);

/** How a field is edited, told from its name and schema. */
export function controlOf(name: string, field: Schema, defs: Record<string, Schema> = {}): Control {
  const schema = resolved(field, defs);
  if (name === "channel") return "touch";
  if (isOwn(name)) return name;
  if (isStep(schema)) return "step";
  const kinds = [schema, ...(schema.anyOf ?? []).map((one) => resolved(one, defs))];
  if (kinds.some(isStep)) return "step";
  if (kinds.some((one) => one.type === "array" && one.items && isStep(resolved(one.items, defs)))) return "steps";
  if (EVENTS.has(name)) return "event";
  if (choicesOf(schema).length > 0) return "choice";
  if (name === "of") return name;
  if (kinds.some((one) => one.type === "boolean")) return "toggle";
  if (kinds.some((one) => one.type === "integer" || one.type === "number")) return "count";
  if (LENGTHS.has(name)) return "length";
  return kinds.some((one) => one.type === "array") ? "list" : "text";
}

/** The words one may choose from, if the field is such a choice. */
export function choicesOf(schema: Schema): string[] {
  const found = [schema, ...(schema.anyOf ?? [])].flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]));
  return found.filter((one): one is string => typeof one === "string");
}
