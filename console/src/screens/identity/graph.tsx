/** One customer's identifiers as a graph (React Flow, loaded when it is shown), and as a list. */
import { Badge, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { api } from "../../api";
import { Answer, type Column, DataTable, Page, Panel, useFormat, useGo, usePlace, useView, useWords, Waiting } from "../../ui";
import type { Graph as Found } from "./api";
import { words } from "./graph.words";
import { useNames } from "./kinds";

const Flow = lazy(() => import("./flow"));
const HEIGHT = 520;

export default function Graph() {
  const t = useWords(words);
  const go = useGo();
  const { customer = "" } = usePlace();
  const [view, set] = useView();
  const found = useQuery({ queryKey: ["identity", "graph", customer], queryFn: ({ signal }) => api.get<Found>(`/v1/identity/graph/${customer}`, {}, signal) });
  const list = view["as"] === "list";
  return (
    <Page
      title={t("title", { customer })}
      says={t("says")}
      crumbs={[{ says: t("toIdentity"), to: "/identity" }]}
      actions={
        <>
          <Button variant="default" onClick={() => set({ as: list ? null : "list" })}>
            {list ? t("picture") : t("list")}
          </Button>
          <Button onClick={() => go(`/customers/${customer}`)}>{t("toCustomer")}</Button>
        </>
      }
    >
      <Answer query={found} height={HEIGHT} partial={(g) => g.nodes.length < g.identifiers && t("some", { shown: g.nodes.length, of: g.identifiers })}>
        {(graph) => (
          <Panel flush title={t("tied", { n: graph.identifiers })} saves={list ? undefined : graph.customer}>
            {list ? (
              <Identifiers graph={graph} />
            ) : (
              <>
                <Suspense fallback={<Waiting height={HEIGHT} />}>
                  <div style={{ height: HEIGHT }} role="group" aria-label={t("label", { customer: graph.customer })}>
                    <Flow graph={graph} />
                  </div>
                </Suspense>
                <div className="unseen">
                  <Identifiers graph={graph} />
                </div>
              </>
            )}
          </Panel>
        )}
      </Answer>
      <Text size="xs" c="dimmed" mt={8}>
        {t("mend")}
      </Text>
    </Page>
  );
}

function Identifiers({ graph }: { graph: Found }) {
  const t = useWords(words);
  const format = useFormat();
  const name = useNames();
  type Row = Found["nodes"][number];
  const ties = (node: string) => graph.ties.filter((tie) => tie.a === node || tie.b === node).length;
  const columns: Column<Row>[] = [
    { key: "kind", title: t("kind"), cell: (n) => name(n.kind) },
    {
      key: "value",
      title: t("value"),
      cell: (n) => (
        <>
          {n.value ?? "***"} {n.oldest && <Badge color="gray">{t("oldest")}</Badge>}
        </>
      ),
    },
    { key: "source", title: t("source") },
    { key: "first_seen", title: t("first"), cell: (n) => format.date(n.first_seen) },
    { key: "last_seen", title: t("last"), cell: (n) => format.date(n.last_seen) },
    { key: "ties", title: t("ties"), align: "right", cell: (n) => ties(n.node), value: (n) => ties(n.node) },
  ];
  return <DataTable columns={columns} rows={graph.nodes} rowKey={(n) => n.node} label={t("label", { customer: graph.customer })} />;
}
