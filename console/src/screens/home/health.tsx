import { Text } from "@mantine/core";
import type { ReactNode } from "react";

import { Go, Panel, useFormat, useWords } from "../../ui";
import type { HomeData } from "./data";
import { words } from "./words";

type State = "good" | "note" | "bad" | "idle";

/** What comes in, and whether it arrives: a dot and a sentence each, with the way to the room behind it. */
export function Health({ data }: { data: HomeData }) {
  const t = useWords(words);
  const format = useFormat();
  const { intake, imports, quarantine } = data;
  const live = intake.last_at ? t("liveLast", { ago: format.ago(intake.last_at), n: intake.last_day }) : intake.sources ? t("liveNever") : <Go to="/sources">{t("connect")}</Go>;
  const last = imports.last ? t("importsLast", { file: imports.last.file, ago: format.ago(imports.last.at) }) : t("importsNone");
  const troubles = [imports.failed ? t("importsFailed", { n: imports.failed }) : "", imports.running ? t("importsRunning") : ""].filter(Boolean);
  return (
    <Panel title={t("health")}>
      <Line to="/sources/live" title={t("live")} state={intake.last_day ? "good" : "idle"}>
        {live}
        {intake.waiting > 0 && <> · {t("waiting", { n: intake.waiting })}</>}
      </Line>
      <Line to="/segments" title={t("computed")} state={intake.refreshed_at ? "good" : "note"}>
        {intake.refreshed_at ? t("computedAt", { ago: format.ago(intake.refreshed_at) }) : t("notComputed")}
      </Line>
      <Line to="/sources/imports" title={t("imports")} state={imports.failed ? "bad" : imports.last ? "good" : "idle"}>
        {[last, ...troubles].join(" · ")}
      </Line>
      <Line to="/sources/quarantine" title={t("quarantineTitle")} state={quarantine.length ? "note" : "good"}>
        {quarantine.length ? quarantine.slice(0, 3).map((each) => t("quarantineRows", { n: each.rows, why: each.says })).join(" · ") : t("quarantineNone")}
      </Line>
    </Panel>
  );
}

function Line({ to, title, state, children }: { to: string; title: string; state: State; children: ReactNode }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "14px 96px minmax(0, 1fr)", alignItems: "baseline", gap: 6, padding: "3px 0" }}>
      <span className="dot" data-state={state} />
      <Text size="sm">
        <Go to={to}>{title}</Go>
      </Text>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </div>
  );
}
