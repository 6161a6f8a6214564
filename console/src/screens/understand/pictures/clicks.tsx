/** Clicks of a page: heat over its recorded picture, elements by clicks, and how far visits read. */
import { lazy, Suspense } from "react";

import { type Column, Panel, useFormat, useWords, Waiting } from "../../../ui";
import type { Row } from "../asking";
import { put } from "../question";
import { Bar, num, type PictureProps, rowsOf, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { span } from "./time";
import { words } from "./words";

const Heat = lazy(() => import("../replays/heat"));

export default function Clicks({ answered, question, ask, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const format = useFormat();
  const facts = answered.facts;
  const path = txt(facts, "path");
  const elements: Column<Row>[] = [
    { key: "text", title: t("element"), wrap: true, cell: (row) => txt(row, "text") || txt(row, "selector"), value: (row) => txt(row, "text") || txt(row, "selector") },
    { key: "clicks", title: t("clicks"), align: "right", cell: (row) => <Bar share={num(row, "share") ?? 0}>{format.whole(num(row, "clicks"))}</Bar> },
    { key: "share", title: t("share"), align: "right", cell: (row) => format.percent(num(row, "share")) },
    { key: "customers", title: t("visitors"), align: "right", cell: (row) => format.whole(num(row, "customers")) },
    { key: "rage", title: t("rage"), align: "right", cell: (row) => format.whole(num(row, "rage")) },
    { key: "dead", title: t("dead"), align: "right", cell: (row) => format.whole(num(row, "dead")) },
  ];
  const table = <Sorted columns={small ? elements.slice(0, 3) : elements} rows={small ? rowsOf(answered, "elements").slice(0, 8) : rowsOf(answered, "elements")} label={t("elements")} name={small ? "" : "clicks"} limit={25} onOpen={pick ? (row) => pick({ selector: row["selector"] ?? null, path }) : undefined} />;
  if (small) return table;
  const pages: Column<Row>[] = [
    { key: "path", title: t("page"), wrap: true },
    { key: "views", title: t("views"), align: "right", cell: (row) => format.whole(num(row, "views")) },
    { key: "clicks", title: t("clicks"), align: "right", cell: (row) => format.whole(num(row, "clicks")) },
    { key: "rage", title: t("rage"), align: "right", cell: (row) => format.whole(num(row, "rage")) },
    { key: "dead", title: t("dead"), align: "right", cell: (row) => format.whole(num(row, "dead")) },
  ];
  const scroll = rowsOf(answered, "scroll");
  return (
    <>
      <dl className={styles["figures"]}>
        <div>
          <dt>{t("page")}</dt>
          <dd style={{ fontSize: 15 }}>{path || "–"}</dd>
        </div>
        <div>
          <dt>{t("views")}</dt>
          <dd>{format.whole(num(facts, "views"))}</dd>
        </div>
        <div>
          <dt>{t("clicks")}</dt>
          <dd>{format.whole(num(facts, "clicks"))}</dd>
        </div>
        <div>
          <dt>{t("readFor")}</dt>
          <dd>{span(num(facts, "seconds"), t)}</dd>
        </div>
      </dl>
      {path && (
        <Suspense fallback={<Waiting height={400} />}>
          <Heat path={path} device={txt(question, "device")} since={answered.period.start} until={answered.period.end} />
        </Suspense>
      )}
      <Panel flush title={t("elements")}>
        {table}
      </Panel>
      {scroll.length > 0 && (
        <Panel title={t("scrolled")} saves="scrolling">
          {scroll.map((row) => (
            <div key={txt(row, "depth")} style={{ display: "grid", gridTemplateColumns: "60px 1fr", gap: 10, fontSize: 13 }}>
              <span className={styles["quiet"]}>{t("deep", { n: num(row, "depth") ?? 0 })}</span>
              <Bar share={num(row, "share") ?? 0}>{t("reachedBy", { share: format.percent(num(row, "share")), n: num(row, "visits") ?? 0 })}</Bar>
            </div>
          ))}
        </Panel>
      )}
      <Panel flush title={t("pages")}>
        <Sorted columns={pages} rows={rowsOf(answered, "pages")} label={t("pages")} name="pages" limit={15} onOpen={(row) => ask(put(question, "path", txt(row, "path")))} />
      </Panel>
    </>
  );
}
