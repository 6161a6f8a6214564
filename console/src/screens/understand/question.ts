/** A question and its address. Pure: what a person asked is a value, and the value is the URL. */

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
export type Fields = { [name: string]: Value };

/** What one may ask, without its kind (that is the path): only what differs from the defaults is written. */
export type Question = Fields;

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** Keeps what JSON knows, drops what would be no question; never throws. */
export function plain(value: unknown, depth = 0): Value | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? (Object.is(value, -0) ? 0 : value) : undefined;
  if (depth > 40) return undefined;
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1) ?? null);
  if (typeof value !== "object") return undefined;
  const kept: Fields = {};
  for (const [name, one] of Object.entries(value)) {
    const said = FORBIDDEN.has(name) ? undefined : plain(one, depth + 1);
    if (said !== undefined) kept[name] = said;
  }
  return kept;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The question of an address: an object, its JSON, or nothing at all (then the defaults are asked). */
export function read(q: unknown): Question {
  let found: unknown = q;
  if (typeof q === "string") {
    try {
      found = JSON.parse(q);
    } catch {
      return {};
    }
  }
  const kept = plain(found);
  return isFields(kept) ? kept : {};
}

/** The address of a question on its own screen. */
export function address(kind: string, question: Question): string {
  const path = `/understand/${encodeURIComponent(kind)}`;
  return Object.keys(question).length ? `${path}?q=${encodeURIComponent(JSON.stringify(question))}` : path;
}

/** Same, whatever the order of names. */
export function same(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((v, i) => same(v, other[i]))
    );
  if (!isFields(one) || !isFields(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]))
  );
}

/** Only what differs from the defaults, so that addresses stay short and a better default reaches old links. */
export function brief(question: Question, defaults: Question): Question {
  return Object.fromEntries(Object.entries(question).filter(([name, value]) => !same(value, defaults[name])));
}

/** Sets one field; null or undefined takes it away. */
export function put(question: Question, name: string, value: Value | undefined): Question {
  const rest = Object.fromEntries(Object.entries(question).filter(([other]) => other !== name));
  return value === undefined || value === null ? rest : { ...rest, [name]: value };
}

/** The conditions of a `where`, each one pill: a list stands for `all`. */
export function pills(where: Value | undefined): Value[] {
  if (where === undefined || where === null) return [];
  if (Array.isArray(where)) return where;
  if (isFields(where) && Object.keys(where).length === 1 && Array.isArray(where["all"])) return where["all"];
  return isFields(where) && Object.keys(where).length === 0 ? [] : [where];
}

/** Pills back to a `where`; none is no `where`. */
export function where(conditions: Value[]): Value | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.length === 1 ? conditions[0] : { all: conditions };
}

/** One more condition. One that says the same thing about the same field takes the older one's place. */
export function narrow(question: Question, condition: Fields): Question {
  const subject = subjectOf(condition);
  const others = pills(question["where"]).filter((one) => subject === undefined || subjectOf(one) !== subject);
  return put(question, "where", where([...others, condition]));
}

/** Without its nth condition. */
export function widen(question: Question, place: number): Question {
  return put(question, "where", where(pills(question["where"]).filter((_, n) => n !== place)));
}

function subjectOf(condition: Value | undefined): string | undefined {
  if (!isFields(condition)) return undefined;
  const trait = condition["trait"] ?? condition["score"];
  return typeof trait === "string" ? trait : undefined;
}
