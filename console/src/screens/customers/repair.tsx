import { Badge, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Answer, Dialog, say, sayError, useFormat, useLang, useWords } from "../../ui";
import { type Brief, preview, type Repair, type Repaired, type Step, useStep } from "./data";
import { words } from "./words";

/** What a step by hand would repair, customer by customer; then the step itself, with a reason and an undo. */
export function Repairing({ customer, step, close }: { customer: string; step: Step; close: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const run = useStep(customer);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const query = useQuery({
    queryKey: ["customer", customer, "repair", step, lang],
    queryFn: ({ signal }) => preview(customer, step, lang, signal),
    gcTime: 0,
    staleTime: 0,
    placeholderData: undefined,
  });
  const title = step.way === "apart" ? t("apartTitle") : step.way === "merge" ? t("joinTitle") : t("takeBackTitle", { n: String(step.entry) });
  const action = step.way === "apart" ? t("doApart") : step.way === "merge" ? t("doMerge") : t("doTakeBack");
  const done = step.way === "apart" ? t("doneApart") : step.way === "merge" ? t("doneMerge") : t("doneBack");
  const act = async () => {
    setBusy(true);
    try {
      const result = await run(step, reason.trim());
      const entry = result.entry;
      say(done, entry && step.way !== "back" ? () => run({ way: "back", entry }, t("takeBack")).catch(sayError) : undefined);
      close();
    } catch (error) {
      sayError(error);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={close} title={title} size="xl" closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack gap="md">
        <Answer query={query} height={200}>
          {(repair) => <Shown repair={repair} />}
        </Answer>
        <TextInput label={t("reason")} description={t("reasonSays")} value={reason} onChange={(event) => setReason(event.currentTarget.value)} maxLength={500} />
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            {t("dryRun")}
          </Text>
          <Group gap={8}>
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button loading={busy} disabled={!query.data || query.data.moved.length === 0} onClick={() => void act()}>
              {action}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Shown({ repair }: { repair: Repair }) {
  const t = useWords(words);
  if (!repair.moved.length) return <Text size="sm">{t("nothingChanges")}</Text>;
  return (
    <Stack gap="md">
      {repair.customers.map((one) => (
        <One key={one.customer} one={one} />
      ))}
    </Stack>
  );
}

const MOST = 8;

function One({ one }: { one: Repaired }) {
  const t = useWords(words);
  const format = useFormat();
  const state = !one.before ? t("stateNew") : !one.after ? t("stateGoes") : t("stateStays");
  const ids = (brief: Brief | null) => brief?.identifiers.map((each) => each.says).join(", ") || "–";
  const rows: [string, string, string][] = [
    [t("identifiers"), ids(one.before), ids(one.after)],
    [t("facts"), format.whole(one.before?.events), format.whole(one.after?.events)],
    [t("orders"), format.whole(one.before?.orders), format.whole(one.after?.orders)],
    [t("revenue"), format.money(one.before?.revenue), format.money(one.after?.revenue)],
    [t("consents"), format.whole(one.before?.consents), format.whole(one.after?.consents)],
    [t("segments"), format.whole(one.before?.segments), format.whole(one.after?.segments)],
    ...one.traits
      .filter((trait) => trait.trait !== "orders" && trait.trait !== "revenue")
      .slice(0, MOST)
      .map((trait): [string, string, string] => [trait.says, trait.before ?? "–", trait.after ?? "–"]),
  ];
  const more = Math.max(0, one.traits.length - MOST);
  return (
    <section className="panel">
      <header>
        <h3>
          {one.customer} <Badge color={one.before && one.after ? "gray" : "yellow"}>{state}</Badge>
        </h3>
      </header>
      <div className="table-scroll">
        <Table verticalSpacing={4} fz="sm" aria-label={one.customer}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("what")}</Table.Th>
              <Table.Th>{t("before")}</Table.Th>
              <Table.Th>{t("after")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(([what, before, after], i) => (
              <Table.Tr key={i} fw={before === after ? undefined : 550} c={before === after ? "dimmed" : undefined}>
                <Table.Td>{what}</Table.Td>
                <Table.Td>{before}</Table.Td>
                <Table.Td>{after}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <div className="body">
        {more > 0 && (
          <Text size="xs" c="dimmed">
            {t("moreTraits", { n: more })}
          </Text>
        )}
        {one.enters.length > 0 && (
          <Text size="sm">
            ▲ {t("enters")}: {one.enters.map((each) => each.says).join(", ")}
          </Text>
        )}
        {one.leaves.length > 0 && (
          <Text size="sm">
            ▼ {t("leaves")}: {one.leaves.map((each) => each.says).join(", ")}
          </Text>
        )}
      </div>
    </section>
  );
}
