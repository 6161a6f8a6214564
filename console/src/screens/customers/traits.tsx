import { Button, Code, Tabs, Text } from "@mantine/core";
import { useState } from "react";

import { type Format, Number as Explained, useFormat, useView, useWords } from "../../ui";
import type { Family, TraitRow } from "./data";
import { words } from "./words";

const FAMILIES: readonly Family[] = ["demographic", "behavioural", "analytic"];

/** What a person asks first; the others follow in the order of their definition. */
const TELLING = [
  "lifecycle_stage", "orders", "revenue", "average_basket", "last_order_at", "days_since_last_order", "usual_interval", "rfm_score",
  "favourite_category", "favourite_channel", "revenue_365d", "discount_share", "first_order_at", "lateness",
];
const FIRST = 14;
const rank = (trait: TraitRow) => (TELLING.indexOf(trait.trait) + TELLING.length + 1) % (TELLING.length + 1);

/** As everywhere on the screen: the shop's clock, the sign of its currency, shares in percent. */
function valueOf(trait: TraitRow, format: Format) {
  if (trait.type === "timestamp") return format.date(trait.raw as string);
  if (trait.unit === "money" && typeof trait.raw === "number") return format.money(trait.raw);
  if (trait.unit === "share" && typeof trait.raw === "number") return format.percent(trait.raw);
  return trait.value;
}

/** Given, computed, predicted: never mixed. */
export function Traits({ traits }: { traits: readonly TraitRow[] }) {
  const t = useWords(words);
  const [view, set] = useView();
  const shown = FAMILIES.find((family) => family === view["family"]) ?? "behavioural";
  return (
    <section className="panel">
      <Tabs value={shown} onChange={(family) => set({ family: family === "behavioural" ? null : family }, { replace: true })}>
        <Tabs.List px={8}>
          {FAMILIES.map((family) => (
            <Tabs.Tab value={family} key={family}>
              {t(family)}{" "}
              <Text span size="xs" c="dimmed">
                {traits.filter((trait) => trait.family === family && trait.value !== null).length}
              </Text>
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {FAMILIES.map((family) => (
          <Tabs.Panel value={family} key={family}>
            <FamilyOf family={family} traits={traits.filter((trait) => trait.family === family)} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

function FamilyOf({ family, traits }: { family: Family; traits: readonly TraitRow[] }) {
  const t = useWords(words);
  const format = useFormat();
  const [missing, setMissing] = useState(false);
  const [all, setAll] = useState(false);
  const empty = traits.filter((trait) => trait.value === null).length;
  const known = traits.filter((trait) => missing || trait.value !== null).toSorted((a, b) => rank(a) - rank(b));
  const listed = all || missing ? known : known.slice(0, FIRST);
  return (
    <div style={{ padding: "8px 14px 12px" }}>
      <Text size="xs" c="dimmed" mb={6}>
        {t(`${family}Says`)}
      </Text>
      {listed.length === 0 && <Text size="sm">{family === "analytic" ? t("noTraitsAnalytic") : t("noTraits")}</Text>}
      <dl style={{ margin: 0, display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(240px, 1fr))", columnGap: 24 }}>
        {listed.map((trait) => (
          <div key={trait.trait} style={{ display: "flex", justifyContent: "space-between", gap: 12, minHeight: 30, alignItems: "center", borderBottom: "1px solid var(--line)" }}>
            <Text size="xs" c="dimmed" component="dt">
              {trait.says}
            </Text>
            <Text size="sm" component="dd" m={0} ta="right">
              {trait.value === null ? (
                "–"
              ) : (
                <Explained
                  label={trait.says}
                  asOf={trait.as_of}
                  means={
                    <>
                      {trait.says} <Code>{trait.trait}</Code>
                    </>
                  }
                  query={trait.rule}
                >
                  {valueOf(trait, format)}
                </Explained>
              )}
            </Text>
          </div>
        ))}
      </dl>
      {known.length > FIRST && !missing && (
        <Button variant="subtle" color="gray" size="compact-xs" mt={8} onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t("showFew") : t("showAll", { n: known.length })}
        </Button>
      )}
      {empty > 0 && (
        <Button variant="subtle" color="gray" size="compact-xs" mt={8} onClick={() => setMissing(!missing)} aria-pressed={missing}>
          {missing ? t("hideMissing") : t("showMissing", { n: empty })}
        </Button>
      )}
    </div>
  );
}
