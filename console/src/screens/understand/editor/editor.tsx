/** The question, editable: what matters on one line, the rest under "More". Every change is asked at once. */
import { Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";

import { useWords } from "../../../ui";
import { defaultsOf, type Schema, useCatalogue } from "../asking";
import type { Kind } from "../kinds";
import { brief, put, type Question, type Value } from "../question";
import styles from "../understand.module.css";
import { ByPick, Choice, Count, EventPick, LengthPick, PeriodPick, Toggle } from "./controls";
import { words as fieldWords } from "./fields.words";
import { Filters } from "./filters";
import { choicesOf, controlOf, fieldsOf, resolved } from "./layout";
import { COLUMNS, useNames } from "./names";
import { StepList, StepPick } from "./steps";
import { words } from "./words";

type FieldProps = { kind: Kind; name: string; schema: Schema; value: Value; onChange: (value: Value) => void };

/** What people call a field and its choices; the schema's own word where we have none. */
export function useFieldWords(kind: Kind) {
  const t = useWords(fieldWords);
  const known = (key: string): key is "period" => Object.hasOwn(fieldWords.en, key);
  return {
    field: (name: string, schema: Schema): string => {
      const own = `${kind}_${name}`;
      return known(own) ? t(own) : known(name) ? t(name) : (schema.title ?? name);
    },
    choice: (name: string, value: string): string => {
      const key = `${name}__${value}`;
      return known(key) ? t(key) : value;
    },
  };
}

const PLAIN = ["revenue", "orders", "customers", "events"] as const;

/** A measure: one of the plain ones, or a field that is summed, averaged, … */
function MeasurePick({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const t = useWords(fieldWords);
  const [over = "", field = ""] = value.split(":");
  const plain = field === "";
  return (
    <>
      <Select
        label={label}
        data={[...PLAIN, "sum", "average", "min", "max", "distinct"].map((one) => ({ value: one, label: t(`measure__${one}` as "measure__sum") }))}
        value={over}
        onChange={(next) => {
          if (next === null) return;
          if ((PLAIN as readonly string[]).includes(next)) onChange(next);
          else onChange(`${next}:${field || "amount"}`);
        }}
        allowDeselect={false}
        w={150}
      />
      {!plain && <Typed label={t("measureField")} value={field} onChange={(next) => next && onChange(`${over}:${next}`)} offered={["amount", "quantity", "discount", "product_id", "category", "place"]} />}
    </>
  );
}

/** Text that counts when it is finished. */
function Typed({ label, value, onChange, offered }: { label: string; value: string; onChange: (value: string) => void; offered?: string[] }) {
  const [typed, setTyped] = useState<string | null>(null);
  const done = () => {
    if (typed !== null && typed.trim() !== value) onChange(typed.trim());
    setTyped(null);
  };
  const shared = { label, value: typed ?? value, onBlur: done, onKeyDown: (event: React.KeyboardEvent) => event.key === "Enter" && done(), w: 160 };
  if (offered) return <Autocomplete {...shared} data={offered} onChange={setTyped} onOptionSubmit={(next) => onChange(next)} />;
  return <TextInput {...shared} onChange={(event) => setTyped(event.currentTarget.value)} />;
}

function TouchPick({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const names = useNames();
  const known = (COLUMNS as readonly string[]).includes(value);
  const data = [...COLUMNS.map((one) => ({ value: one as string, label: names(`property:${one}`) })), ...(known || !value ? [] : [{ value, label: value }])];
  return <Select label={label} data={data} value={value} onChange={(next) => next !== null && onChange(next)} allowDeselect={false} searchable w={150} />;
}

const ITEMS = ["category", "product_id", "brand", "title"];
const itemsOf = (kind: Kind, chosen: string): string[] => {
  const known = kind === "entry" ? [...ITEMS, "channel", "place", "coupon"] : ITEMS;
  return chosen && !known.includes(chosen) ? [...known, chosen] : known;
};

const OFFERED: Record<string, string[]> = { nodes: ["event", "page", "category"], holding: ["", "product_id", "category", "order_id"] };
const offeredFor = (name: string, chosen: string): string[] => {
  const known = OFFERED[name] ?? [];
  return known.includes(chosen) ? known : [...known, chosen];
};

/** A trait with few values: its words are stages. */
function TraitPick({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const traits = useCatalogue().data?.traits ?? [];
  const fitting = traits.filter((one) => ["text", "bool"].includes(one.group) && one.filled > 0).map((one) => ({ value: one.name, label: one.label }));
  const data = fitting.some((one) => one.value === value) || !value ? fitting : [...fitting, { value, label: value }];
  return <Select label={label} data={data} value={value} onChange={(next) => next !== null && onChange(next)} allowDeselect={false} searchable w={190} />;
}

function Field({ kind, name, schema, value, onChange }: FieldProps) {
  const says = useFieldWords(kind);
  const defs = schema.$defs ?? {};
  const own = resolved(schema.properties?.[name] ?? {}, defs);
  const label = says.field(name, own);
  const text = typeof value === "string" ? value : "";
  switch (controlOf(name, own, defs)) {
    case "period":
      return <PeriodPick label={label} value={text} onChange={onChange} />;
    case "by":
      return <ByPick label={label} value={text} onChange={onChange} />;
    case "measure":
      return choicesOf(own).length > 0 ? (
        <Choice label={label} value={text} onChange={onChange} data={choicesOf(own).map((one) => ({ value: one, label: says.choice(name, one) }))} />
      ) : (
        <MeasurePick label={label} value={text} onChange={onChange} />
      );
    case "of":
      return <Choice label={label} value={text} onChange={onChange} data={itemsOf(kind, text).map((one) => ({ value: one, label: says.choice(name, one) }))} />;
    case "nodes":
    case "holding":
      return <Choice label={label} value={text} onChange={onChange} data={offeredFor(name, text).map((one) => ({ value: one, label: says.choice(name, one) }))} />;
    case "trait":
      return <TraitPick label={label} value={text} onChange={onChange} />;
    case "touch":
      return <TouchPick label={label} value={text} onChange={onChange} />;
    case "steps":
      return <StepList label={label} value={value} min={own.minItems ?? 0} max={own.maxItems ?? 20} onChange={onChange} />;
    case "step":
      return <StepPick label={label} value={value} onChange={onChange} />;
    case "event":
      return <EventPick label={label} value={value} onChange={onChange} />;
    case "length":
      return <LengthPick label={label} value={text} onChange={onChange} />;
    case "choice":
      return <Choice label={label} value={text} onChange={onChange} data={choicesOf(own).map((one) => ({ value: one, label: says.choice(name, one) }))} />;
    case "count":
      return <Count label={label} value={typeof value === "number" ? value : 0} onChange={onChange} min={own.minimum} max={own.maximum} />;
    case "toggle":
      return <Toggle label={label} value={value === true} onChange={onChange} />;
    case "list":
      return (
        <Typed
          label={label}
          value={Array.isArray(value) ? value.map(String).join(", ") : ""}
          onChange={(next) => onChange(listOf(next, own))}
        />
      );
    default:
      return <Typed label={label} value={text} onChange={onChange} />;
  }
}

/** What was typed between commas; numbers where the schema wants numbers. */
function listOf(text: string, schema: Schema): Value[] {
  const said = text.split(",").map((one) => one.trim()).filter(Boolean);
  const arrays = [schema, ...(schema.anyOf ?? [])].filter((one) => one.type === "array");
  const numbers = arrays.some((one) => one.items?.type === "integer" || one.items?.type === "number");
  return numbers ? said.map(Number).filter(Number.isFinite) : said;
}

type EditorProps = {
  kind: Kind;
  schema: Schema;
  question: Question;
  /** What the server put where the question says nothing (the usual steps of a funnel). */
  usual?: Question;
  onChange: (question: Question) => void;
};

export function Editor({ kind, schema, question, usual = {}, onChange }: EditorProps) {
  const t = useWords(words);
  const { main, more } = fieldsOf(kind, schema);
  const defaults = defaultsOf(schema);
  const asked = more.filter((name) => name in question).length;
  const [open, setOpen] = useState(false);
  const field = (name: string) => (
    <Field
      key={name}
      kind={kind}
      name={name}
      schema={schema}
      value={question[name] ?? usual[name] ?? defaults[name] ?? null}
      onChange={(value) => onChange(brief(put(question, name, value), defaults))}
    />
  );
  return (
    <section aria-label={t("editor")}>
      <div className={styles["editor"]}>
        {main.map(field)}
        {more.length > 0 && (
          <Button variant="subtle" color="gray" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t("less") : asked ? `${t("more")} (${asked})` : t("more")}
          </Button>
        )}
        {open && <div className={styles["more"]}>{more.map(field)}</div>}
      </div>
      <div className={styles["pills"]}>
        <Filters question={question} onChange={(next) => onChange(brief(next, defaults))} />
      </div>
    </section>
  );
}
