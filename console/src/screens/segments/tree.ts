/** A rule as the builder draws it, and back. What it cannot draw stays as it is, in its place: `write(read(rule))` is the rule. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Body = { [key: string]: Json };

export type Test = { op: string; value: Json };
export type FieldTest = { id: number; name: string; not: boolean; tests: Test[] };
/** A filter of events or order lines: fields that all (or any) must fit; `raw` where it nests deeper. */
export type Filter = { how: "all" | "any"; listed: boolean; fields: FieldTest[] } | { raw: Json };
export type Happened = { names: string[]; where: Filter | null };
export type Step = Happened & { id: number; within: string; notBetween: Happened | null };

type Base = { id: number; not: boolean };
export type GroupCard = Base & { kind: "group"; how: "all" | "any"; parts: Card[] };
export type TraitCard = Base & { kind: "trait"; name: string; score: boolean; tests: Test[]; orMissing: boolean };
export type DidCard = Base &
  Happened & { kind: "did"; items: boolean; measure: { kind: string; field: string } | null; tests: Test[]; windows: Test[]; since: Happened | null };
export type SequenceCard = Base & { kind: "sequence"; steps: Step[]; windows: Test[] };
export type InCard = Base & { kind: "in"; segments: string[] };
export type TopCard = Base & { kind: "top"; lowest: boolean; by: string; percent: boolean; n: number };
export type RankCard = Base & { kind: "rank"; by: string; tests: Test[] };
export type SplitCard = Base & { kind: "split"; name: string; from: number; to: number };
export type ConsentCard = Base & { kind: "consent"; channel: string; purpose: string; states: string[] };
export type ReachCard = Base & { kind: "reachable"; channel: string };
export type DayCard = Base & { kind: "day"; birthday: boolean; of: string; window: Test };
export type RawCard = Base & { kind: "raw"; body: Json };
export type Card =
  | GroupCard | TraitCard | DidCard | SequenceCard | InCard | TopCard | RankCard | SplitCard | ConsentCard | ReachCard | DayCard | RawCard;

export const MEASURES = ["sum", "average", "min", "max", "first", "last", "distinct"] as const;
export const COUNTS = ["at_least", "at_most", "exactly", "between", "above", "below"] as const;
export const WINDOWS = ["within", "not_within", "within_next", "during", "between", "before", "after", "since"] as const;
const ANYTHING = ["is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with", "matches", "exists", "missing"];

let made = 0;
export const newId = (): number => ++made;

const isBody = (value: Json | undefined): value is Body => typeof value === "object" && value !== null && !Array.isArray(value);
const isWord = (value: Json | undefined): value is string => typeof value === "string";
const words = (value: Json | undefined): string[] | null => {
  const list = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(isWord) ? (list as string[]) : null;
};
const DATE = /^\d{4}-\d{2}-\d{2}/;
const isDate = (value: Json | undefined): boolean => isWord(value) && DATE.test(value);

/** The same content, whatever the order of keys. */
export function same(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => same(each, b[i] as Json));
  if (isBody(a) && isBody(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key] as Json, b[key] as Json));
  }
  return a === b;
}

// -- reading ---------------------------------------------------------------------------------------------------------
/** A rule as a group at the root; `bare` rules (one condition alone) are told apart so that they are written back alone. */
export type Root = { how: "all" | "any"; bare: boolean; parts: Card[] };

export function readRoot(body: Json): Root {
  const card = readCard(body);
  if (card.kind === "group" && !card.not) return { how: card.how, bare: false, parts: card.parts };
  return { how: "all", bare: true, parts: [card] };
}

export function readCard(body: Json): Card {
  const card = tryCard(body);
  return card && same(writeCard(card), body) ? card : { id: newId(), not: false, kind: "raw", body };
}

function tryCard(body: Json): Card | null {
  if (!isBody(body)) return null;
  if ("not" in body && !("did" in body) && !("trait" in body)) {
    const inner = readCard(body["not"] as Json);
    return inner.not || inner.kind === "in" || inner.kind === "raw" ? null : { ...inner, not: true };
  }
  for (const how of ["all", "any"] as const) {
    const parts = body[how];
    if (Array.isArray(parts) && Object.keys(body).length === 1) return { id: newId(), not: false, kind: "group", how, parts: parts.map(readCard) };
  }
  if ("trait" in body || "score" in body) return readTrait(body);
  if ("did" in body) return readDid(body);
  if ("sequence" in body) return readSequence(body);
  return readOther(body);
}

function readTrait(body: Body): Card | null {
  const { trait, score, or_missing, ...rest } = body;
  const name = trait ?? score;
  if (!isWord(name)) return null;
  const tests = Object.entries(rest).map(([op, value]) => ({ op, value }));
  return { id: newId(), not: false, kind: "trait", name, score: trait === undefined, tests, orMissing: or_missing === true };
}

function readHappened(body: Body): Happened | null {
  const names = body["did"] === "any" ? [] : words(body["did"]);
  return names && { names, where: body["where"] === undefined ? null : readFilter(body["where"]) };
}

function readDid(body: Body): Card | null {
  const happened = readHappened(body);
  if (!happened) return null;
  const card: DidCard = { id: newId(), not: false, kind: "did", ...happened, items: body["of"] === "items", measure: null, tests: [], windows: [], since: null };
  for (const [key, value] of Object.entries(body)) {
    if (["did", "where", "of"].includes(key)) continue;
    if ((MEASURES as readonly string[]).includes(key)) {
      if (card.measure || !isWord(value)) return null;
      card.measure = { kind: key, field: value };
    } else if (key === "since" && isBody(value)) {
      card.since = readHappened(value);
      if (!card.since) return null;
    } else if (isWindow(key, value)) card.windows.push({ op: key, value });
    else if ((COUNTS as readonly string[]).includes(key) || ANYTHING.includes(key)) card.tests.push({ op: key, value });
    else return null;
  }
  return card;
}

function isWindow(key: string, value: Json): boolean {
  if (key === "between") return Array.isArray(value) && value.every(isDate);
  return (WINDOWS as readonly string[]).includes(key);
}

export function readFilter(body: Json): Filter {
  const filter = tryFilter(body);
  return filter && same(writeFilter(filter), body) ? filter : { raw: body };
}

function tryFilter(body: Json): Filter | null {
  if (!isBody(body)) return null;
  for (const how of ["all", "any"] as const) {
    const parts = body[how];
    if (Array.isArray(parts) && Object.keys(body).length === 1) {
      const fields = parts.map(readField);
      return fields.every((f) => f !== null) ? { how, listed: true, fields } : null;
    }
  }
  const one = readField(body);
  return one && { how: "all", listed: false, fields: [one] };
}

function readField(body: Json): FieldTest | null {
  if (!isBody(body)) return null;
  const entries = Object.entries(body);
  const [name, asked] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined || asked === undefined || !isBody(asked)) return null;
  if (name === "not") {
    const inner = readField(asked);
    return inner && !inner.not ? { ...inner, not: true } : null;
  }
  if (name === "all" || name === "any") return null;
  return { id: newId(), name, not: false, tests: Object.entries(asked).map(([op, value]) => ({ op, value })) };
}

function readSequence(body: Body): Card | null {
  const { sequence, ...rest } = body;
  if (!Array.isArray(sequence)) return null;
  const steps: Step[] = [];
  for (const each of sequence) {
    if (!isBody(each)) return null;
    const happened = readHappened(each);
    const barrier = each["not_between"];
    const within = each["within"];
    if (!happened || (within !== undefined && !isWord(within)) || (barrier !== undefined && !isBody(barrier))) return null;
    steps.push({ id: newId(), ...happened, within: within ?? "", notBetween: barrier === undefined ? null : readHappened(barrier) });
  }
  const windows = Object.entries(rest).map(([op, value]) => ({ op, value }));
  return windows.every((w) => isWindow(w.op, w.value)) ? { id: newId(), not: false, kind: "sequence", steps, windows } : null;
}

function readOther(body: Body): Card | null {
  const base = { id: newId(), not: false };
  const [head] = Object.keys(body);
  const asked = head === undefined ? undefined : body[head];
  if (head === "in" || head === "not_in") {
    const segments = words(asked);
    return segments && { ...base, not: head === "not_in", kind: "in", segments };
  }
  if ((head === "top" || head === "bottom") && isBody(asked)) {
    const n = asked["n"] ?? asked["percent"];
    if (!isWord(asked["by"]) || typeof n !== "number") return null;
    return { ...base, kind: "top", lowest: head === "bottom", by: asked["by"], percent: "percent" in asked, n };
  }
  if ("rank" in body && isWord(body["rank"])) {
    const { rank, ...rest } = body;
    return { ...base, kind: "rank", by: rank as string, tests: Object.entries(rest).map(([op, value]) => ({ op, value })) };
  }
  if (head === "split" && isBody(asked)) {
    const { name, from, to } = asked;
    return isWord(name) && typeof from === "number" && typeof to === "number" ? { ...base, kind: "split", name, from, to } : null;
  }
  if (head === "consent" && isBody(asked)) {
    const states = words(asked["is"]);
    const { channel, purpose } = asked;
    return states && isWord(channel) && isWord(purpose) ? { ...base, kind: "consent", channel, purpose, states } : null;
  }
  if (head === "reachable" && isWord(asked)) return { ...base, kind: "reachable", channel: asked };
  if ((head === "birthday" || head === "anniversary") && isBody(asked)) {
    const { of, ...rest } = asked;
    const [op, value] = Object.entries(rest)[0] ?? [];
    return isWord(of) && op !== undefined && value !== undefined ? { ...base, kind: "day", birthday: head === "birthday", of, window: { op, value } } : null;
  }
  return null;
}

// -- writing ---------------------------------------------------------------------------------------------------------
export function writeRoot(root: Root): Json {
  const [only] = root.parts;
  return root.bare && root.parts.length === 1 && only ? writeCard(only) : { [root.how]: root.parts.map(writeCard) };
}

export function writeCard(card: Card): Json {
  if (card.kind === "raw") return card.not ? { not: card.body } : card.body;
  if (card.kind === "in") return { [card.not ? "not_in" : "in"]: alone(card.segments) };
  const body = writePlain(card);
  return card.not ? { not: body } : body;
}

const alone = (names: string[]): Json => (names.length === 1 ? (names[0] as string) : names);
const tested = (tests: Test[]): Body => Object.fromEntries(tests.map((t) => [t.op, t.value]));

function writePlain(card: Exclude<Card, RawCard | InCard>): Body {
  switch (card.kind) {
    case "group":
      return { [card.how]: card.parts.map(writeCard) };
    case "trait":
      return { [card.score ? "score" : "trait"]: card.name, ...tested(card.tests), ...(card.orMissing ? { or_missing: true } : {}) };
    case "did":
      return {
        ...writeHappened(card),
        ...(card.items ? { of: "items" } : {}),
        ...(card.measure ? { [card.measure.kind]: card.measure.field } : {}),
        ...tested(card.tests),
        ...tested(card.windows),
        ...(card.since ? { since: writeHappened(card.since) } : {}),
      };
    case "sequence":
      return {
        sequence: card.steps.map((step) => ({
          ...writeHappened(step),
          ...(step.within ? { within: step.within } : {}),
          ...(step.notBetween ? { not_between: writeHappened(step.notBetween) } : {}),
        })),
        ...tested(card.windows),
      };
    case "top":
      return { [card.lowest ? "bottom" : "top"]: { by: card.by, [card.percent ? "percent" : "n"]: card.n } };
    case "rank":
      return { rank: card.by, ...tested(card.tests) };
    case "split":
      return { split: { name: card.name, from: card.from, to: card.to } };
    case "consent":
      return { consent: { channel: card.channel, purpose: card.purpose, is: alone(card.states) } };
    case "reachable":
      return { reachable: card.channel };
    case "day":
      return { [card.birthday ? "birthday" : "anniversary"]: { of: card.of, [card.window.op]: card.window.value } };
  }
}

function writeHappened(happened: Happened): Body {
  const names = happened.names;
  const where = happened.where ? writeFilter(happened.where) : null;
  return { did: names.length === 0 ? "any" : alone(names), ...(where === null ? {} : { where }) };
}

export function writeFilter(filter: Filter): Json {
  if ("raw" in filter) return filter.raw;
  const fields = filter.fields.map((f) => (f.not ? { not: { [f.name]: tested(f.tests) } } : { [f.name]: tested(f.tests) }));
  if (fields.length === 0) return null;
  return fields.length === 1 && !filter.listed ? (fields[0] as Body) : { [filter.how]: fields };
}
