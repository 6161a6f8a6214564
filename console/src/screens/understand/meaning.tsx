/** What a number is: definition, filters, rows read, as-of, time taken, its queries, and how to ask the same elsewhere. */
import { Panel, Snippet, useFormat, useWords } from "../../ui";
import type { Answered } from "./asking";
import { filtersOf } from "./editor/condition";
import { useNames } from "./editor/names";
import { words as editorWords } from "./editor/words";
import type { Question } from "./question";
import styles from "./understand.module.css";
import { words } from "./words";

export function Meaning({ kind, question, answered }: { kind: string; question: Question; answered: Answered }) {
  const t = useWords(words);
  const edit = useWords(editorWords);
  const names = useNames();
  const format = useFormat();
  const filters = filtersOf(question, edit, names).map((one) => one.says);
  const body = JSON.stringify(question);
  const facts: [string, string][] = [
    [t("definition"), answered.definition],
    [t("filters"), filters.join(" · ") || t("noFilters")],
    [t("periodIs"), period(answered.period.start, answered.period.end, format.date)],
    ...(answered.compared ? [[t("comparedWith"), period(answered.compared.start, answered.compared.end, format.date)] as [string, string]] : []),
    [t("rowsRead"), format.whole(answered.rows_read)],
    [t("asOf"), format.exact(answered.as_of)],
    [t("took"), t("seconds", { n: format.number(answered.seconds) })],
  ];
  return (
    <Panel title={t("whatIsThis")}>
      <dl className={styles["facts"]}>
        {facts.map(([name, said]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{answered.sql.length ? t("showQueries", { n: answered.sql.length }) : t("noQuery")}</summary>
        {answered.sql.map((query, n) => (
          <Snippet key={n} label={t("queries", { n: n + 1 })} text={query} />
        ))}
        <Snippet label={t("viaApi")} text={`POST /v1/insights/${kind}\ncontent-type: application/json\n\n${body}`} />
        <Snippet label={t("viaPython")} text={`workspace.ask(${pythonText({ kind, ...question })})`} />
        <Snippet label={t("viaTerminal")} text={`dangol ask ${kind}${body === "{}" ? "" : ` '${body.replaceAll("'", "'\\''")}'`}`} />
      </details>
    </Panel>
  );
}

/** Both days included, as people say it. */
function period(start: string, end: string, date: (at: Date) => string): string {
  const last = new Date(new Date(end).getTime() - 1);
  return `${date(new Date(start))} – ${date(last)}`;
}

/** JSON as Python writes it. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, one]) => `${JSON.stringify(name)}: ${pythonText(one)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
