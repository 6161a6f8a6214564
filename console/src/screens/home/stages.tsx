import { Stack, Text } from "@mantine/core";

import { Answer, DataTable, Empty, Go, Number as Figure, Panel, Sentence, useFormat, useGo, useWords } from "../../ui";
import { type HomeData, type Stage, useFlows } from "./data";
import { words } from "./words";

/** Where customers stand, with a bar under the number, and who moved. */
export function Stages({ data }: { data: HomeData }) {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const most = Math.max(1, ...data.stages.map((stage) => stage.customers));
  return (
    <Panel title={t("stages")} flush saves="lifecycle-stages">
      {data.computed ? (
        <DataTable<Stage>
          label={t("stages")}
          rows={data.stages}
          rowKey={(row) => row.stage}
          onOpen={(row) => go("/segments/new", { rule: JSON.stringify({ all: [{ trait: "lifecycle_stage", is: row.stage }] }) })}
          columns={[
            { key: "says", title: t("stage") },
            {
              key: "customers",
              title: t("customers"),
              align: "right",
              cell: (row) => (
                <Figure label={t("customers")} means={t("stagesMeans")} asOf={data.as_of} query={data.stages_query}>
                  {format.whole(row.customers)}
                </Figure>
              ),
            },
            {
              key: "share",
              title: t("share"),
              cell: (row) => (
                <div style={{ display: "flex", gap: 8, alignItems: "center" }}>
                  <span style={{ flex: "0 0 48px" }}>{format.percent(data.customers ? row.customers / data.customers : 0)}</span>
                  <span className="wide-only" style={{ flex: "0 1 160px" }}>
                    <span style={{ display: "block", height: 8, borderRadius: 2, background: "var(--accent)", opacity: 0.55, width: `${(100 * row.customers) / most}%` }} />
                  </span>
                </div>
              ),
            },
            { key: "value", title: t("value"), align: "right", cell: (row) => format.moneyShort(row.value) },
          ]}
        />
      ) : (
        <Empty why={t("notComputed")} hint={t("notComputedHint")} />
      )}
      {data.computed && <FlowList />}
    </Panel>
  );
}

function FlowList() {
  const t = useWords(words);
  const query = useFlows();
  const said = (stage: string | null, stages: Record<string, string>) => (stage ? (stages[stage] ?? stage) : t("notYet"));
  return (
    <div className="body" style={{ borderTop: "1px solid var(--line)", padding: "10px 14px" }}>
      <Text size="xs" c="dimmed" mb={4}>
        {t("flowsSays")}
      </Text>
      <Answer query={query} height={72} asOf={(found) => found.until} empty={(found) => !found.flows.some((flow) => flow.from !== flow.to) && <Text size="sm">{t("flowsNone")}</Text>}>
        {(found) => (
          <Stack gap={2} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
            {found.flows
              .filter((flow) => flow.from !== flow.to)
              .slice(0, 6)
              .map((flow) => (
                <Text size="sm" component="li" key={`${flow.from}-${flow.to}`}>
                  <Sentence>{t("flowSentence", { n: flow.customers, from: said(flow.from, found.stages), to: said(flow.to, found.stages) })}</Sentence>
                </Text>
              ))}
          </Stack>
        )}
      </Answer>
    </div>
  );
}

/** Segments that people entered or left. */
export function Moves({ data }: { data: HomeData }) {
  const t = useWords(words);
  return (
    <Panel title={t("moves")}>
      {data.moves.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("movesNone")}
        </Text>
      ) : (
        <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {data.moves.map((move) => (
            <Text size="sm" component="li" key={move.segment}>
              <Go to={`/segments/${move.segment}`}>{move.says}</Go>{" "}
              <Text span size="xs" c="dimmed">
                {[move.entered ? `▲ ${t("entered", { n: move.entered })}` : "", move.left ? `▼ ${t("left", { n: move.left })}` : ""].filter(Boolean).join(" · ")}
              </Text>
            </Text>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
