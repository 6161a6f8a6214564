/** Simple conditions, as filters write them, to words and back. What is not simple keeps its JSON. Pure. */
import type { Say } from "../../../ui/words";
import { type Fields, isFields, narrow, pills, type Question, put, type Value, where as whereOf } from "../question";
import type { words } from "./words";

type T = Say<typeof words>;

/** Where a filter stands: a rule over customers, a `where` over events, or the question's segment. */
export type Place = { at: "where"; n: number } | { at: "filter"; field: string; n: number } | { at: "segment" };
export type Filter = { place: Place; says: string };

export const OPERATORS = ["is", "is_not", "in", "at_least", "at_most", "contains", "exists", "missing"] as const;
export type Operator = (typeof OPERATORS)[number];

/** Texts of things by their names: `trait:age`, `trait:stage=lost`. */
type Names = (name: string) => string;

const valueText = (value: Value | undefined, t: T, names: Names, subject: string): string => {
  if (value === true) return t("yes");
  if (value === false) return t("no");
  if (Array.isArray(value)) return value.map((one) => valueText(one, t, names, subject)).join(t("or"));
  if (value === null || value === undefined) return t("nothing");
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "string" ? names(`${subject}=${value}`) : String(value);
};

/** One subject and its operators in words; undefined where that needs more than words. */
function said(subject: string, operators: Fields, t: T, called: Names): string | undefined {
  const what = called(subject);
  const text = (value: Value | undefined) => valueText(value, t, called, subject);
  const names = Object.keys(operators);
  if (names.length !== 1) return undefined;
  const name = names[0] ?? "";
  const value = operators[name];
  if (name === "exists" || name === "missing") return t(value === (name === "exists") ? "pill_exists" : "pill_missing", { what });
  if (name === "in") return t("pill_is", { what, value: text(value) });
  if (name === "not_in") return t("pill_is_not", { what, value: text(value) });
  if (name === "between" && Array.isArray(value))
    return t("pill_between", { what, low: text(value[0]), high: text(value[1]) });
  const key = `pill_${name}` as const;
  if (["pill_is", "pill_is_not", "pill_at_least", "pill_at_most", "pill_above", "pill_below", "pill_contains"].includes(key))
    return t(key as "pill_is", { what, value: text(value) });
  return undefined;
}

/** A condition of the rule language in words, or its JSON where it is no simple one. */
export function conditionText(condition: Value, t: T, names: Names): string {
  if (isFields(condition)) {
    const { trait, score, ...operators } = condition;
    const subject = trait ?? score;
    if (typeof subject === "string") {
      const what = `trait:${subject}`;
      if (Object.keys(operators).length === 0) return t("pill_is", { what: names(what), value: t("yes") });
      const text = said(what, operators, t, names);
      if (text) return text;
    }
    const only = Object.keys(condition).length === 1;
    if (only && "in" in condition) return t("pill_in", { value: segmentsText(condition["in"], names) });
    if (only && "not_in" in condition) return t("pill_not_in", { value: segmentsText(condition["not_in"], names) });
    if (only && condition["not"] !== undefined) return t("pill_not", { what: conditionText(condition["not"], t, names) });
  }
  return JSON.stringify(condition);
}

const segmentsText = (value: Value | undefined, names: Names): string =>
  (Array.isArray(value) ? value : [value]).map((one) => names(`segment:${String(one)}`)).join(", ");

/** Conditions over an event's fields in words. */
export function fieldText(field: string, value: Value | undefined, t: T, names: Names): string {
  const what = `property:${field}`;
  if (isFields(value)) return said(what, value, t, names) ?? JSON.stringify({ [field]: value });
  return t("pill_is", { what: names(what), value: valueText(value, t, names, what) });
}

/** Everything that narrows a question, in the order people read it. */
export function filtersOf(question: Question, t: T, names: Names): Filter[] {
  const found: Filter[] = [];
  const segment = question["segment"];
  if (typeof segment === "string" && segment)
    found.push({ place: { at: "segment" }, says: t("pill_in", { value: names(`segment:${segment}`) }) });
  for (const [n, condition] of pills(question["where"]).entries())
    found.push({ place: { at: "where", n }, says: conditionText(condition, t, names) });
  for (const [n, part] of parts(question["filter"]).entries())
    for (const [field, value] of Object.entries(part))
      found.push({ place: { at: "filter", field, n }, says: fieldText(field, value, t, names) });
  return found;
}

/** A `where` over events as its parts: a list stands for `all`. */
function parts(filter: Value | undefined): Fields[] {
  return pills(filter).filter(isFields);
}

const joined = (all: Fields[]): Value | undefined => {
  const kept = all.filter((one) => Object.keys(one).length > 0);
  return kept.length === 0 ? undefined : kept.length === 1 ? kept[0] : kept;
};

/** The question without one of its filters. */
export function without(question: Question, place: Place): Question {
  if (place.at === "segment") return put(question, "segment", undefined);
  if (place.at === "where")
    return put(question, "where", whereOf(pills(question["where"]).filter((_, n) => n !== place.n)));
  const rest = parts(question["filter"]).map((part, n) =>
    n === place.n ? Object.fromEntries(Object.entries(part).filter(([field]) => field !== place.field)) : part,
  );
  return put(question, "filter", joined(rest));
}

/** The question with one more filter over events; the same field takes the older one's place. */
export function withField(question: Question, field: string, value: Value): Question {
  const rest = parts(question["filter"]).map((part) =>
    Object.fromEntries(Object.entries(part).filter(([other]) => other !== field)),
  );
  const [first = {}, ...others] = rest;
  return put(question, "filter", joined([{ ...first, [field]: value }, ...others]));
}

/** The question asked of one value of its breakdown only (`trait:stage`, `property:channel`, `segment:regulars`). */
export function ofValue(question: Question, by: string, value: string | null): Question {
  const family = by.slice(0, by.indexOf(":"));
  const name = by.slice(by.indexOf(":") + 1);
  if (family === "segment") return narrow(question, value === "in" ? { in: name } : { not_in: name });
  const operators: Fields = value === null ? { missing: true } : { is: value };
  return family === "trait" ? narrow(question, { trait: name, ...operators }) : withField(question, name, value === null ? operators : value);
}

/** Takes every filter away; period, steps and breakdown stay. */
export const cleared = (question: Question): Question =>
  put(put(put(question, "where", undefined), "filter", undefined), "segment", undefined);

/** A typed value: numbers and yes/no where the field is one, else the text itself. */
export function typed(text: string, type: string, t: T): Value {
  const said = text.trim();
  if (type === "bool") return said === t("yes") || said === "true";
  if (type === "number") {
    const number = Number(said.replaceAll(",", ""));
    return said !== "" && Number.isFinite(number) ? number : said;
  }
  return said;
}

/** Operators as the rule language writes them. */
export function operatorsOf(operator: Operator, text: string, type: string, t: T): Fields {
  if (operator === "exists" || operator === "missing") return { [operator]: true };
  if (operator === "in") return { in: text.split("\n").map((one) => one.trim()).filter(Boolean).map((one) => typed(one, type, t)) };
  return { [operator]: typed(text, type, t) };
}

/** Which operators make sense for a type. */
export function operatorsFor(type: string): readonly Operator[] {
  if (type === "number") return ["at_least", "at_most", "is", "exists", "missing"];
  if (type === "bool") return ["is", "missing"];
  if (type === "time") return ["exists", "missing"];
  if (type === "list") return ["contains", "exists", "missing"];
  return ["is", "is_not", "in", "contains", "exists", "missing"];
}
