import { Alert, Button, Grid, Menu, Stack, Tabs, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";

import { api, useMay } from "../../api";
import { Answer, Page, say, sayError, useConfirm, useFormat, useGo, usePlace, useView, useWords } from "../../ui";
import { Consents } from "./consents";
import { type Sheet, useSheet } from "./data";
import { Identifiers } from "./identifiers";
import { Person } from "./person";
import { Memberships } from "./memberships";
import { Timeline } from "./timeline";
import { Traits } from "./traits";
import { words } from "./words";

/** One customer: what is known, how we know it, what happened, and why we believe it is one person. */
export default function Profile() {
  const t = useWords(words);
  const format = useFormat();
  const { customer = "" } = usePlace();
  const query = useSheet(customer);
  const data = query.data;
  const holes = data && { events: t("nEvents", { n: data.events }), orders: t("nOrders", { n: data.orders }), first: format.date(data.first_at ?? data.first_seen), last: format.date(data.last_at ?? data.last_seen) };
  return (
    <Page
      title={t("profile", { id: data?.customer ?? customer })}
      says={holes ? t("span", holes) : ""}
      crumbs={[{ says: t("title"), to: "/customers" }]}
      actions={data && <Actions sheet={data} />}
    >
      <Answer query={query} height={560}>
        {(sheet) => (
          <Stack gap="md">
            {sheet.asked !== sheet.customer && <Alert color="yellow">{t("movedTo", { asked: sheet.asked, id: sheet.customer })}</Alert>}
            <Parts sheet={sheet} />
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Parts({ sheet }: { sheet: Sheet }) {
  const t = useWords(words);
  const [view, set] = useView();
  const columns = useMediaQuery("(min-width: 75em)", true, { getInitialValueInEffect: false });
  const facts = (
    <Grid.Col key="facts" span={{ base: 12, lg: 7 }}>
      <Stack gap="md">
        <Traits traits={sheet.traits} />
        <section className="panel">
          <Tabs value={view["part"] ?? "timeline"} onChange={(part) => set({ part: part === "timeline" ? null : part }, { replace: true })}>
            <Tabs.List px={8}>
              <Tabs.Tab value="timeline">{t("timeline")}</Tabs.Tab>
              <Tabs.Tab value="identifiers">
                {t("identifiers")}{" "}
                <Text span size="xs" c="dimmed">
                  {sheet.identifiers.length}
                </Text>
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="timeline">
              <Timeline customer={sheet.customer} />
            </Tabs.Panel>
            <Tabs.Panel value="identifiers">
              <Identifiers sheet={sheet} />
            </Tabs.Panel>
          </Tabs>
        </section>
      </Stack>
    </Grid.Col>
  );
  const person = (
    <Grid.Col key="person" span={{ base: 12, lg: 5 }}>
      <Stack gap="md">
        <Person sheet={sheet} />
        <Memberships customer={sheet.customer} segments={sheet.segments} />
        <Consents consents={sheet.consents} />
      </Stack>
    </Grid.Col>
  );
  // below one another the person comes first: for the eye and for Tab alike
  return <Grid gap="md">{columns ? [facts, person] : [person, facts]}</Grid>;
}

function Actions({ sheet }: { sheet: Sheet }) {
  const t = useWords(words);
  const may = useMay();
  const go = useGo();
  const ask = useConfirm();
  const client = useQueryClient();
  if (!may("administer")) return null;
  const erase = async () => {
    const reason = await ask({ title: t("eraseTitle", { id: sheet.customer }), body: t("eraseSays"), action: t("eraseDo"), danger: true, reason: "needed" });
    if (reason === null) return;
    try {
      await api.post(`/v1/customers/${sheet.customer}/erase`, { reason });
      client.removeQueries({ queryKey: ["customer", sheet.customer] });
      say(t("erased", { id: sheet.customer }));
      go("/customers");
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" aria-label={t("more")}>
          <IconDots size={16} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item c="var(--bad)" onClick={() => void erase()}>
          {t("erase")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
