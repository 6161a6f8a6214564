/** Recency × frequency: how many customers, what they are worth; a cell becomes a segment. */
import { Button, SegmentedControl, Text } from "@mantine/core";

import { Answer, Empty, Explanation, Panel, useFormat, useGo, useView, useWords } from "../../ui";
import { type Rfm, useRfm } from "./api";
import { cellRule } from "./make";
import css from "./map.module.css";
import { words } from "./words";

type Shade = "customers" | "value" | "average";
const FIFTHS = [5, 4, 3, 2, 1];

export function RfmMap() {
  const t = useWords(words);
  const go = useGo();
  const [view, set] = useView();
  const query = useRfm();
  const by = (view["by"] ?? "customers") as Shade;
  const shades = [
    { value: "customers", label: t("customers") },
    { value: "value", label: t("value") },
    { value: "average", label: t("average") },
  ];
  const right = <SegmentedControl aria-label={t("show")} data={shades} value={by} onChange={(next) => set({ by: next === "customers" ? null : next })} />;
  return (
    <Panel title={t("rfm")} right={right} saves={query.data?.cells.length ? "rfm" : undefined}>
      <Answer
        query={query}
        height={420}
        empty={(found) => found.cells.length === 0 && <Empty height={320} why={t("noRfm")} hint={t("noRfmHint")} action={<Button onClick={() => go("/sources")}>{t("sources")}</Button>} />}
      >
        {(found) => <Matrix found={found} by={by} />}
      </Answer>
    </Panel>
  );
}

/** In full where there is room. */
function Worth({ value }: { value: number | null }) {
  const format = useFormat();
  return (
    <small>
      <span className="wide-only">{format.moneyShort(value)}</span>
      <span className={css.short}>{format.moneyTiny(value)}</span>
    </small>
  );
}

function Matrix({ found, by }: { found: Rfm; by: Shade }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const measured = (cell: Rfm["cells"][number] | undefined) => (!cell ? 0 : by === "customers" ? cell.customers : by === "value" ? Number(cell.value) : Number(cell.value) / cell.customers);
  const most = Math.max(1, ...found.cells.map(measured));
  return (
    <>
      <Text size="xs" c="dimmed" mb={8}>
        {t("rfmSays")} {t("rated", { n: found.rated, all: found.everyone })}
      </Text>
      <div className={css.cells} role="group" aria-label={t("rfm")}>
        <span className={css.axis} aria-hidden="true" />
        {FIFTHS.toReversed().map((f) => (
          <span key={f} className={css.axis}>
            <span className="wide-only">{t("frequency")}</span>
            <span className={css.short}>F</span>
            {f}
          </span>
        ))}
        {FIFTHS.map((r) => [
          <span key={r} className={css.axis}>
            <span className="wide-only">{t("recency")}</span>
            <span className={css.short}>R</span>
            {r}
          </span>,
          ...FIFTHS.toReversed().map((f) => {
            const cell = found.cells.find((c) => c.recency === r && c.frequency === f);
            const strength = Math.round((measured(cell) / most) * 62);
            const says = t("cellName", { r, f });
            return (
              <button
                key={`${r}${f}`}
                type="button"
                className={css.cell}
                style={{ background: `color-mix(in oklab, var(--accent) ${strength * 0.6}%, var(--surface))` }}
                onClick={() => go("/segments/new", { rule: JSON.stringify(cellRule(r, f)), en: t("cell", { r, f }), ko: t("cell", { r, f }) })}
              >
                <span className="unseen">{says}</span>
                <b>{format.whole(cell?.customers ?? 0)}</b>
                <Worth value={Number(cell?.value ?? 0)} />
                <Worth value={cell ? Number(cell.value) / cell.customers : null} />
              </button>
            );
          }),
        ])}
      </div>
      <div style={{ marginTop: 12 }}>
        <Explanation means={t("rfmSays")} rowsRead={found.everyone} asOf={found.as_of} query={found.query} />
      </div>
    </>
  );
}
