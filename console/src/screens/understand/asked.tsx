/** A question on its own screen: the question, its picture and table, what it cannot say, and what it is. */
import { Button, Group } from "@mantine/core";
import { Suspense, useCallback, useMemo, useRef, useState } from "react";

import { useMay } from "../../api";
import { Answer, Empty, Go, Page, Panel, savePicture, useKeys, usePlace, useView, useWords, Waiting } from "../../ui";
import { Actions } from "./actions";
import { type Answered, type Row, useAnswered, useCatalogue, useKinds } from "./asking";
import { Editor } from "./editor/editor";
import { isKind, type Kind, OWN } from "./kinds";
import { Meaning } from "./meaning";
import { People } from "./people";
import { PICTURES } from "./pictures";
import { Pin } from "./pin";
import { put, type Question, read } from "./question";
import { Underway } from "./underway";
import styles from "./understand.module.css";
import { words } from "./words";

export default function AskedScreen() {
  const t = useWords(words);
  const { kind = "" } = usePlace();
  if (!isKind(kind) || OWN.includes(kind))
    return (
      <Page title={t("room")}>
        <Empty why={t("unknown", { kind })} hint={t("unknownHint")} action={<Go to="/understand">{t("toList")}</Go>} height={320} />
      </Page>
    );
  return <Asked key={kind} kind={kind as Exclude<Kind, "replays">} />;
}

const EMPTY_PERIOD: Question = { period: "all" };

function Asked({ kind }: { kind: Exclude<Kind, "replays"> }) {
  const t = useWords(words);
  const [view, setView] = useView();
  const question = useMemo(() => read(view["q"]), [view]);
  const cell = useMemo(() => (view["who"] ? read(view["who"]) : null), [view]);
  const [pinning, setPinning] = useState(false);
  const picture = useRef<HTMLDivElement>(null);
  const kinds = useKinds();
  const mine = kinds.data?.find((one) => one.kind === kind);
  const { answered, asks } = useAnswered(kind, question);
  const ask = useCallback(
    (next: Question) => setView({ q: Object.keys(next).length ? JSON.stringify(next) : null, who: null }),
    [setView],
  );
  const pick = useCallback((row: Row) => setView({ who: JSON.stringify(row) }), [setView]);
  const Picture = PICTURES[kind];
  const may = useMay();
  useKeys(may("define") ? [{ key: "p", says: t("pin"), run: () => setPinning(true) }] : []);
  return (
    <Page
      title={t(kind)}
      says={t(`${kind}_ask`)}
      crumbs={[{ says: t("room"), to: "/understand" }]}
      actions={<Actions kind={kind} question={question} answered={answered.data} onPicture={() => void savePicture(picture.current, t(kind))} onPin={() => setPinning(true)} onReset={() => setView({ q: null, who: null })} />}
    >
      {mine ? <Editor kind={kind} schema={mine.schema} question={question} usual={usualOf(answered.data)} onChange={ask} /> : <div style={{ height: 92 }} />}
      <Underway asks={asks} query={answered} height={420}>
        <Answer
          query={answered}
          height={420}
          empty={(data) => (isEmpty(data) ? <Nothing kind={kind} data={data} question={question} ask={ask} /> : null)}
          partial={(data) => (data.facts["sampled"] === true ? t("sampled") : null)}
        >
          {(data) => (
            <div className={styles["answer"]}>
              <div className={styles["picture"]} ref={picture}>
                <Suspense fallback={<Waiting height={380} />}>
                  <Picture answered={data} question={question} ask={ask} pick={mine?.people === false ? undefined : pick} />
                </Suspense>
              </div>
              {data.notes.length > 0 && (
                <Panel title={t("cannotSay")}>
                  <ul className={styles["notes"]}>
                    {data.notes.map((note) => (
                      <li key={note}>{note}</li>
                    ))}
                  </ul>
                </Panel>
              )}
              <Meaning kind={kind} question={question} answered={data} />
            </div>
          )}
        </Answer>
      </Underway>
      <People kind={kind} question={question} cell={cell} onClose={() => setView({ who: null })} />
      <Pin kind={kind} question={question} opened={pinning} onClose={() => setPinning(false)} />
    </Page>
  );
}

/** What the server chose where the question left it open. */
function usualOf(answered: Answered | undefined): Question {
  if (!answered) return {};
  const { steps, path } = answered.facts;
  return { ...answered.question, ...(Array.isArray(steps) ? { steps } : {}), ...(typeof path === "string" ? { path } : {}) };
}

/** Nothing was read, or every table is empty. */
export const isEmpty = (data: Answered): boolean =>
  data.rows_read === 0 ||
  (data.kind === "attribution" && data.facts["touched"] === 0) ||
  Object.values(data.data).every((rows) => rows.length === 0);

type NothingProps = { kind: Kind; data: Answered; question: Question; ask: (next: Question) => void };

/** Why there is nothing, and what to do about it. */
function Nothing({ kind, data, question, ask }: NothingProps) {
  const t = useWords(words);
  const filtered = ["where", "filter", "segment"].some((name) => question[name] !== undefined);
  const events = useCatalogue().data?.events;
  const site = kind === "clicks";
  const never = site && events !== undefined && !events.some((one) => one.event === "Page Viewed" || one.event === "Element Clicked");
  const unmet = kind === "attribution" && data.rows_read > 0;
  const fresh = events?.length === 0; // nothing has ever come in: no period and no filter would help
  const whole = fresh || never || unmet || data.question["period"] === "all";
  const bare = () => ask(put(put(put(question, "where", undefined), "filter", undefined), "segment", undefined));
  const of = data.question["of"];
  if (kind === "affinity" && of !== "product_id" && !filtered && !fresh)
    return <Empty height={420} why={t("emptyPairs")} hint={t("emptyPairsHint")} action={<Button onClick={() => ask({ ...question, of: "product_id" })}>{t("compareProducts")}</Button>} />;
  if (filtered && !fresh)
    return <Empty height={420} why={t("emptyFilters")} hint={t("emptyFiltersHint")} action={<Button onClick={bare}>{t("clearFilters")}</Button>} />;
  if (!whole)
    return (
      <Empty height={420} why={t("emptyPeriod")} hint={t("emptyPeriodHint")} action={<Button onClick={() => ask({ ...question, ...EMPTY_PERIOD })}>{t("widen")}</Button>} />
    );
  return (
    <Empty
      height={420}
      why={t(fresh ? "emptyEvents" : kind === "campaigns" ? "emptyCampaigns" : site ? "emptySite" : kind === "attribution" ? "emptyTouches" : "emptyEvents")}
      hint={t(fresh ? "emptyEventsHint" : kind === "campaigns" ? "emptyCampaignsHint" : site ? "emptySiteHint" : kind === "attribution" ? "emptyTouchesHint" : "emptyEventsHint")}
      action={
        <Group>
          <Go to="/sources">{t("toSources")}</Go>
        </Group>
      }
    />
  );
}

