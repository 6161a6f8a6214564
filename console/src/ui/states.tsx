/** What stands where an answer will be: waiting, nothing yet, failed. Each as high as the answer itself. */
import { Button, Code, Group, Skeleton, Text } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { ApiError } from "../api/client";
import { Go } from "./go";
import { Page } from "./page";
import { words } from "./parts.words";
import { useWords } from "./words";

type Tall = { height?: number | undefined };

const SPIN_AFTER = 150;

/** Quiet for 150 ms, then grey lines. */
export function Waiting({ height = 160 }: Tall) {
  const t = useWords(words);
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SPIN_AFTER);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="state" style={{ minHeight: height }} role="status" aria-busy="true">
      <span className="unseen">{t("waiting")}</span>
      {late && [88, 64, 76].map((width) => <Skeleton key={width} height={12} width={`${width}%`} radius="sm" />)}
    </div>
  );
}

export type EmptyProps = Tall & { why: ReactNode; hint?: ReactNode; action?: ReactNode };

/** Nothing yet: why, and what to do about it. */
export function Empty({ why, hint, action, height = 120 }: EmptyProps) {
  return (
    <div className="state" style={{ minHeight: height }}>
      <Text fw={600}>{why}</Text>
      {hint && (
        <Text c="dimmed" size="sm">
          {hint}
        </Text>
      )}
      {action}
    </div>
  );
}

export type ErrorBoxProps = Tall & { error: unknown; retry?: (() => unknown) | undefined };

/** It failed: what happened, what to do, the code to quote, and another try. */
export function ErrorBox({ error, retry, height = 120 }: ErrorBoxProps) {
  const t = useWords(words);
  const known = error instanceof ApiError ? error : null;
  const offline = known?.status === 0;
  const refused = known?.status === 403 && !known.message;
  const said = offline ? t("offline") : refused ? t("refused") : known?.message || t("failed");
  const hint = offline ? t("offlineHint") : refused ? t("refusedHint") : known?.hint;
  return (
    <div className="state" style={{ minHeight: height }} role="alert">
      <Text fw={600} c="var(--bad)">
        {said}
      </Text>
      {hint && (
        <Text c="dimmed" size="sm">
          {hint}
        </Text>
      )}
      <Group gap="xs">
        {retry && (
          <Button variant="default" onClick={() => void retry()}>
            {t("retry")}
          </Button>
        )}
        {known && (
          <Code>
            {t("code", { code: known.code })}
            {known.where ? ` · ${t("where", { where: known.where })}` : ""}
          </Code>
        )}
      </Group>
    </div>
  );
}

/** No screen has this address. */
export function NotHere() {
  const t = useWords(words);
  return (
    <Page title={t("notHere")}>
      <Empty height={200} why={t("notHereHint")} action={<Go to="/">{t("toHome")}</Go>} />
    </Page>
  );
}
