import { Button, Grid, SegmentedControl, Stack } from "@mantine/core";

import { useMe } from "../../api";
import { Answer, Empty, Go, Page, useFormat, useView, useWords } from "../../ui";
import { Advice } from "./advice";
import { useHome } from "./data";
import { Health } from "./health";
import { Figures } from "./figures";
import { Moves, Stages } from "./stages";
import { words } from "./words";

/** The morning's screen: how it went, where customers stand, what to do. */
export default function Home() {
  const t = useWords(words);
  const format = useFormat();
  const [view, set] = useView();
  const days = [1, 7, 28].find((n) => String(n) === view["days"]) ?? 1;
  const query = useHome(days);
  const shop = useMe().data?.shop ?? "";
  const periods = [
    { value: "1", label: t("sinceYesterday") },
    { value: "7", label: t("sinceWeek") },
    { value: "28", label: t("sinceMonth") },
  ];
  return (
    <Page
      title={t("title")}
      says={query.data ? t("says", { shop, at: format.moment(query.data.as_of) }) : shop}
      actions={
        <SegmentedControl data={periods} value={String(days)} onChange={(chosen) => set({ days: chosen === "1" ? null : chosen })} aria-label={t("period")} />
      }
    >
      <Answer query={query} height={520} empty={(data) => data.events === 0 && <Nothing />}>
        {(data) => (
          <Stack gap="md">
            <Advice data={data} />
            <Figures data={data} />
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 7 }}>
                <Stages data={data} />
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Stack gap="md">
                  <Health data={data} />
                  <Moves data={data} />
                </Stack>
              </Grid.Col>
            </Grid>
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Nothing() {
  const t = useWords(words);
  return (
    <div className="panel">
      <Empty
        height={260}
        why={t("empty")}
        hint={t("emptyHint")}
        action={
          <Button component="span" size="sm">
            <Go to="/sources/import" style={{ color: "inherit" }}>
              {t("emptyAction")}
            </Go>
          </Button>
        }
      />
    </div>
  );
}
