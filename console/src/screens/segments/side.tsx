/** Beside the rule: the sentence, the exact count, whom it may reach, what is wrong. */
import { Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";

import { ErrorBox, Go, Number, Panel, useFormat, useLang, useWords } from "../../ui";
import type { Checked, Counted, Opened } from "./api";
import css from "./segments.module.css";
import { words } from "./words";

type SideProps = { checked: UseQueryResult<Checked>; counted: UseQueryResult<Counted>; opened: Opened | null; empty: boolean };

export function Side({ checked, counted, opened, empty }: SideProps) {
  const t = useWords(words);
  const lang = useLang();
  if (empty) {
    return (
      <Panel title={t("inWords")}>
        <Text size="sm" c="dimmed">
          {t("emptyRule")}
        </Text>
      </Panel>
    );
  }
  const found = checked.data;
  const problems = found?.problems ?? [];
  return (
    <Stack gap={12}>
      <Panel title={t("inWords")}>
        <Text size="sm" aria-live="polite" className={found?.sound === false ? "stale" : undefined}>
          {found?.says?.[lang] ?? "…"}
        </Text>
        {problems.length > 0 && (
          <Stack gap={4} mt={8} role="alert">
            <Text size="sm" fw={600} c="var(--bad)">
              {t("problems", { n: problems.length })}
            </Text>
            {problems.map((problem) => (
              <Text key={problem.where + problem.message} size="xs">
                <b>{problem.where}</b> {problem.message} {problem.hint}
              </Text>
            ))}
          </Stack>
        )}
        {(found?.warnings ?? []).length > 0 && (
          <Stack gap={4} mt={8}>
            <Text size="xs" fw={600} c="var(--note)">
              {t("warnings")}
            </Text>
            {found?.warnings.map((warning) => (
              <Text key={warning.where + warning.message} size="xs">
                {warning.message} {warning.hint}
              </Text>
            ))}
          </Stack>
        )}
      </Panel>
      {found?.sound !== false && <Count counted={counted} sentence={found?.says?.[lang] ?? ""} />}
      {opened && <Depends opened={opened} />}
    </Stack>
  );
}

function Count({ counted, sentence }: { counted: UseQueryResult<Counted>; sentence: string }) {
  const t = useWords(words);
  const format = useFormat();
  const { data, error, isFetching, isPlaceholderData } = counted;
  if (!data) {
    return <Panel title={t("count")}>{error && !isFetching ? <ErrorBox error={error} retry={counted.refetch} height={90} /> : <Text c="dimmed">{t("counting")}</Text>}</Panel>;
  }
  const share = data.everyone ? data.customers / data.everyone : 0;
  const old = isFetching || isPlaceholderData || error;
  return (
    <Panel title={t("count")}>
      <div className={old ? "stale" : undefined} aria-busy={isFetching}>
        <div className={css.big} data-testid="count" aria-live="polite">
          <Number label={t("count")} means={t("countMeans")} filters={sentence} rowsRead={data.everyone} asOf={data.as_of} seconds={data.seconds} query={data.query}>
            {format.whole(data.customers)}
          </Number>
        </div>
        <div className={css.bar} aria-hidden="true">
          <span style={{ width: `${Math.min(100, share * 100)}%` }} />
        </div>
        <Text size="xs" c="dimmed" mt={4}>
          {t("ofEveryone", { n: data.everyone, share: format.percent(share) })} · {t("tookMs", { n: Math.round(data.seconds * 1000) })}
        </Text>
        <Text size="xs" fw={600} mt={10} title={t("reachSays")}>
          {t("reach")}
        </Text>
        <Text size="xs" c="dimmed">
          {t("reachSays")}
        </Text>
        <table className="data" aria-label={t("reach")}>
          <tbody>
            {data.reach.map((one) => (
              <tr key={one.channel}>
                <td>{t(`channel_${one.channel}` as "channel_email")}</td>
                <td data-align="right" title={t("reachAddress", { n: one.address })}>
                  {format.whole(one.allowed)}
                  <Text span size="xs" c="dimmed">
                    {" "}
                    / {format.whole(one.address)}
                  </Text>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Depends({ opened }: { opened: Opened }) {
  const t = useWords(words);
  const reads = [...opened.reads.traits, ...opened.reads.events];
  return (
    <Panel title={t("reads")}>
      <Text size="xs">{reads.length || opened.reads.segments.length ? reads.join(", ") : t("readsNone")}</Text>
      <Links names={opened.reads.segments} />
      <Text size="xs" fw={600} mt={8}>
        {t("readBy")}
      </Text>
      {opened.read_by.length === 0 ? <Text size="xs" c="dimmed">{t("readByNone")}</Text> : <Links names={opened.read_by} />}
    </Panel>
  );
}

function Links({ names }: { names: readonly string[] }) {
  return (
    <Stack gap={2}>
      {names.map((name) => (
        <Text key={name} size="xs" component="span">
          <Go to={`/segments/${encodeURIComponent(name)}`}>{name}</Go>
        </Text>
      ))}
    </Stack>
  );
}
