/** Recorded visits, found by what went wrong in them. */
import { Badge, Chip, Group, Select } from "@mantine/core";

import { Answer, type Column, DataTable, Empty, Go, Page, Panel, Pills, useFormat, useGo, useView, useWords } from "../../../ui";
import { behindOf, type Found, type Friction, FRICTIONS, isFriction, useReplays } from "./loading";
import { clock } from "./timeline";
import { words } from "./words";

const LIMIT = 50;
const LENGTHS = { "0": "any", "10": "seconds10", "60": "minute1", "300": "minutes5" } as const;

export default function Replays() {
  const t = useWords(words);
  const format = useFormat();
  const go = useGo();
  const [view, setView] = useView();
  const friction = (view["friction"] ?? "").split(",").filter(isFriction);
  const seconds = Number(view["seconds"] ?? 0) || 0;
  const behind = behindOf(view["of"]);
  const customer = Number(/^C?(\d+)$/.exec(view["customer"] ?? "")?.[1] ?? 0);
  const offset = Number(view["offset"] ?? 0) || 0;
  const query = useReplays({ friction, seconds, behind, customers: customer ? [customer] : null, offset, limit: LIMIT });
  const filtered = friction.length > 0 || seconds > 0 || behind !== null || customer > 0;
  const clear = () => setView({ friction: null, seconds: null, of: null, customer: null, offset: null });
  const columns: Column<Found>[] = [
    { key: "started_at", title: t("started"), cell: (row) => <Go to={`/understand/replays/${row.session}`} aria-label={t("openReplay", { when: format.moment(row.started_at) })}>{format.moment(row.started_at)}</Go> },
    { key: "customer_id", title: t("customer"), cell: (row) => (row.customer_id ? <Go to={`/customers/C${row.customer_id}`}>{`C${row.customer_id}`}</Go> : t("visitor")) },
    { key: "seconds", title: t("length"), align: "right", cell: (row) => clock(row.seconds * 1000) },
    { key: "pages", title: t("pages"), align: "right", cell: (row) => format.whole(row.pages) },
    { key: "friction", title: t("friction"), cell: (row) => <Felt row={row} />, value: (row) => FRICTIONS.filter((one) => row[one] > 0).join(" ") },
    { key: "source", title: t("source") },
    { key: "missing", title: t("missing"), align: "right", cell: (row) => (row.missing ? format.whole(row.missing) : "–") },
  ];
  return (
    <Page title={t("title")} says={t("lead")} crumbs={[{ says: t("understand"), to: "/understand" }]}>
      <Group gap={12} mb={12} align="flex-end">
        <Chip.Group multiple value={friction} onChange={(next) => setView({ friction: next.join(",") || null, offset: null })}>
          <Group gap={6} role="group" aria-label={t("filterFriction")}>
            {FRICTIONS.map((one) => (
              <Chip key={one} value={one} size="xs">
                {t(one)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Select
          label={t("minLength")}
          data={Object.entries(LENGTHS).map(([value, key]) => ({ value, label: t(key) }))}
          value={String(seconds)}
          onChange={(next) => setView({ seconds: next === "0" ? null : next, offset: null })}
          allowDeselect={false}
          w={140}
        />
        <Pills
          pills={[
            ...(behind ? [{ id: "of", says: t("ofPeople"), remove: () => setView({ of: null, offset: null }) }] : []),
            ...(customer ? [{ id: "customer", says: `C${customer}`, remove: () => setView({ customer: null, offset: null }) }] : []),
          ]}
        />
      </Group>
      <Panel flush>
        <Answer
          query={query}
          height={360}
          empty={(data) =>
            data.replays.length === 0 ? (
              filtered ? (
                <Empty height={360} why={t("emptyFilter")} hint={t("emptyFilterHint")} action={<button type="button" className="linklike" onClick={clear}>{t("clear")}</button>} />
              ) : (
                <Empty height={360} why={t("empty")} hint={t("emptyHint")} action={<Go to="/sources">{t("emptyHow")}</Go>} />
              )
            ) : null
          }
          partial={({ cut, looked, behind = 0, behind_looked = behind }) =>
            cut ? t("cut", { n: looked }) : behind_looked < behind ? t("someCustomers", { n: behind_looked, of: behind }) : null
          }
        >
          {(data) => (
            <DataTable
              columns={columns}
              rows={data.replays}
              rowKey={(row) => row.session}
              label={t("title")}
              onOpen={(row) => go(`/understand/replays/${row.session}`)}
              page={{ offset, limit: LIMIT, of: data.found, go: (next) => setView({ offset: next || null }) }}
              csvName="replays"
            />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}

const COLORS: Record<Friction, string> = { rage: "red", dead: "orange", error: "grape", abandoned: "yellow" };

export function Felt({ row }: { row: Found }) {
  const t = useWords(words);
  const felt = FRICTIONS.filter((one) => row[one] > 0);
  if (felt.length === 0) return <>–</>;
  return (
    <Group gap={4} wrap="nowrap">
      {felt.map((one) => (
        <Badge key={one} color={COLORS[one]}>
          {row[one] > 1 ? `${t(one)} ${row[one]}` : t(one)}
        </Badge>
      ))}
    </Group>
  );
}

