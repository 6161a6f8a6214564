import { Group, SimpleGrid, Text } from "@mantine/core";

import { Bars, Number as Figure, Panel, useFormat, useWords } from "../../ui";
import type { HomeData } from "./data";
import { words } from "./words";

/** Four numbers against what was before, each saying what it is; and the days behind them. */
export function Figures({ data }: { data: HomeData }) {
  const t = useWords(words);
  const format = useFormat();
  const { now, before } = data.sales;
  const span = { since: format.moment(data.since), until: format.moment(data.as_of) };
  const against = t("compared", { n: Math.round(data.compared_with.days / 7) });
  const rows = [
    { key: "revenue", label: t("revenue"), means: t("revenueMeans", span), now: now.revenue, before: before.revenue, show: format.moneyShort },
    { key: "orders", label: t("orders"), means: t("ordersMeans", span), now: now.orders, before: before.orders, show: format.whole },
    { key: "buyers", label: t("buyers"), means: t("buyersMeans", span), now: now.buyers, before: before.buyers, show: format.whole },
    { key: "repeat", label: t("repeat"), means: t("repeatMeans", span), now: now.repeat, before: before.repeat, show: format.percent },
  ];
  return (
    <Panel title={t("revenue")} right={<Text size="xs" c="dimmed">{against}</Text>} saves="revenue">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md" mb="xs">
        {rows.map((row) => (
          <div key={row.key}>
            <Text size="xs" c="dimmed">
              {row.label}
            </Text>
            <Group gap={8} align="baseline">
              <Text fz={22} fw={650} lh={1.3}>
                <Figure label={row.label} means={row.means} filters={against} asOf={data.as_of} rowsRead={data.rows_read} query={data.sales_query}>
                  {row.show(row.now)}
                </Figure>
              </Text>
              <Change now={row.now} before={row.before} />
            </Group>
            <Text size="xs" c="dimmed">
              {t("before", { value: row.show(row.before) })}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      <Days data={data} />
    </Panel>
  );
}

/** A sign and an arrow as well as a colour. */
function Change({ now, before }: { now: number | null; before: number | null }) {
  const format = useFormat();
  if (!now || !before) return null;
  const change = now / before - 1;
  if (Math.abs(change) < 0.0005) return null;
  return (
    <Text span size="xs" fw={600} c={change > 0 ? "var(--good)" : "var(--bad)"}>
      {change > 0 ? "▲" : "▼"} {format.signedPercent(change)}
    </Text>
  );
}

function Days({ data }: { data: HomeData }) {
  const t = useWords(words);
  const format = useFormat();
  const last = data.series.length - 1;
  return (
    <Bars
      label={t("days28")}
      scale={format.short}
      bars={data.series.map((row, i) => ({
        label: format.monthDay(row.day),
        says: `${format.moneyShort(row.revenue)}, ${t("ordersOf", { n: row.orders })}`,
        value: row.revenue,
        faint: i === last,
      }))}
    />
  );
}
