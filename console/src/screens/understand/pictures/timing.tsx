/** When: hour by weekday as a heat table, kinds of day, holidays, weather. */
import { SegmentedControl } from "@mantine/core";

import { type Column, Panel, useFormat, useLang, useView, useWords } from "../../../ui";
import type { Row } from "../asking";
import { Bar, num, type PictureProps, rowsOf, shade, Sorted, txt } from "./kit";
import styles from "./pictures.module.css";
import { words } from "./words";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MEASURES = ["events", "customers", "amount"] as const;
type Measure = (typeof MEASURES)[number];
const WEATHERS = ["clear", "partly_cloudy", "cloudy", "rain", "sleet", "snow", "dry"] as const;

export default function Timing({ answered, pick, small = false }: PictureProps) {
  const t = useWords(words);
  const lang = useLang();
  const format = useFormat();
  const [view, setView] = useView();
  const asked = small ? undefined : view["of"];
  const measure: Measure = MEASURES.find((one) => one === asked) ?? "events";
  const says = (n: number | null) => (measure === "amount" ? format.moneyShort(n) : format.whole(n));
  const weather = (name: string) => (WEATHERS.some((one) => one === name) ? t(`w_${name as (typeof WEATHERS)[number]}`) : name);
  const heat = <Heat rows={rowsOf(answered, "hours")} measure={measure} says={(n) => (measure === "amount" ? format.moneyShort(n) : format.short(n))} whole={says} pick={pick} />;
  if (small) return heat;
  const mean = (n: number | null) => (n !== null && n >= 100 ? format.whole(n) : format.number(n));
  const days: Column<Row>[] = [
    { key: "what", title: t("kindOfDay"), cell: (row) => t(`day_${txt(row, "what") as "weekend"}`) },
    { key: "days", title: t("days"), align: "right", cell: (row) => format.whole(num(row, "days")) },
    { key: "events_a_day", title: t("eventsADay"), align: "right", cell: (row) => mean(num(row, "events_a_day")) },
    { key: "amount_a_day", title: t("amountADay"), align: "right", cell: (row) => format.moneyShort(num(row, "amount_a_day")) },
  ];
  const holidays: Column<Row>[] = [
    { key: "day", title: t("day"), cell: (row) => format.day(txt(row, "day")) },
    { key: lang, title: t("holiday"), cell: (row) => txt(row, lang) },
    { key: "events", title: t("events"), align: "right", cell: (row) => format.whole(num(row, "events")) },
    { key: "usual", title: t("usualDay"), align: "right", cell: (row) => mean(num(row, "usual")) },
    { key: "amount", title: t("amount"), align: "right", cell: (row) => format.moneyShort(num(row, "amount")) },
  ];
  const weathers = rowsOf(answered, "weather");
  const most = Math.max(0.0001, ...weathers.map((row) => num(row, "events_an_hour") ?? 0));
  const sky: Column<Row>[] = [
    { key: "weather", title: t("weather"), cell: (row) => weather(txt(row, "weather")) },
    { key: "hours", title: t("hours"), align: "right", cell: (row) => format.whole(num(row, "hours")) },
    { key: "events", title: t("events"), align: "right", cell: (row) => format.whole(num(row, "events")) },
    { key: "events_an_hour", title: t("eventsAnHour"), align: "right", cell: (row) => <Bar share={(num(row, "events_an_hour") ?? 0) / most}>{mean(num(row, "events_an_hour"))}</Bar> },
  ];
  return (
    <>
      <Panel
        saves="hours"
        title={t("hourByDay")}
        right={
          <SegmentedControl
            aria-label={t("measure")}
            value={measure}
            onChange={(next) => setView({ of: next === "events" ? null : next }, { replace: true })}
            data={MEASURES.map((one) => ({ value: one, label: t(one) }))}
          />
        }
      >
        {heat}
      </Panel>
      <Panel flush title={t("kindsOfDay")}>
        <Sorted columns={days} rows={rowsOf(answered, "days")} label={t("kindsOfDay")} name="days" />
      </Panel>
      {rowsOf(answered, "holidays").length > 0 && (
        <Panel flush title={t("holidays")}>
          <Sorted columns={holidays} rows={rowsOf(answered, "holidays")} label={t("holidays")} name="holidays" limit={15} onOpen={pick ? (row) => pick({ day: row["day"] ?? null }) : undefined} />
        </Panel>
      )}
      {weathers.length > 0 && (
        <Panel flush title={t("byWeather")}>
          <Sorted columns={sky} rows={weathers} label={t("byWeather")} name="weather" onOpen={pick ? (row) => pick({ weather: row["weather"] ?? null }) : undefined} />
        </Panel>
      )}
    </>
  );
}

type HeatProps = { rows: readonly Row[]; measure: Measure; says: (n: number | null) => string; whole: (n: number | null) => string; pick: PictureProps["pick"] };

function Heat({ rows, measure, says, whole, pick }: HeatProps) {
  const t = useWords(words);
  const most = Math.max(1, ...rows.map((row) => num(row, measure) ?? 0));
  const found = new Map(rows.map((row) => [`${txt(row, "weekday")} ${txt(row, "hour")}`, num(row, measure) ?? 0]));
  return (
    <div className={styles["heatbox"]} data-scrolls tabIndex={0} role="group" aria-label={t("hourByDay")}>
      <table className={styles["heat"]} data-tight aria-label={t("hourByDay")}>
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col" style={{ textAlign: "center" }}>
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((day) => (
            <tr key={day}>
              <th scope="row">{t(`d_${day}`)}</th>
              {HOURS.map((hour) => {
                const n = found.get(`${day} ${hour}`) ?? 0;
                const title = t("hourCell", { day: t(`d_${day}`), hour: String(hour), n: whole(n) });
                return (
                  <td key={hour} style={shade(n / most)}>
                    {pick && n > 0 ? (
                      <button type="button" title={title} onClick={() => pick({ weekday: day, hour })}>
                        {says(n)}
                      </button>
                    ) : (
                      <span title={title}>{n > 0 ? says(n) : ""}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
