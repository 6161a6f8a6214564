/** A number that explains itself: what it means, over what, as of when, and the query to copy. */
import { Popover, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { type Moment, useFormat } from "./format";
import { words } from "./parts.words";
import { Snippet } from "./snippet";
import { useWords } from "./words";

export type Explained = {
  /** The definition, in a sentence. */
  means?: ReactNode;
  filters?: ReactNode;
  rowsRead?: number | null | undefined;
  asOf?: Moment;
  /** Low and high, already in words, or why there is none. */
  interval?: ReactNode;
  seconds?: number | null | undefined;
  query?: string | readonly string[] | null | undefined;
};

export type NumberProps = Explained & { children: ReactNode; label?: string };

export function Number({ children, label, ...what }: NumberProps) {
  return (
    <Popover width={380} shadow="md" withArrow trapFocus returnFocus position="bottom-start">
      <Popover.Target>
        <button type="button" className="figure">
          {label && <span className="unseen">{label}: </span>}
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Explanation {...what} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** The same as a block, for the foot of a screen. */
export function Explanation({ means, filters, rowsRead, asOf, interval, seconds, query }: Explained) {
  const t = useWords(words);
  const format = useFormat();
  const text = Array.isArray(query) ? query.join(";\n\n") : (query as string | null | undefined);
  const facts = [
    asOf ? t("asOf", { at: format.moment(asOf) }) : "",
    rowsRead === null || rowsRead === undefined ? "" : t("read", { n: rowsRead }),
    seconds === null || seconds === undefined ? "" : t("took", { n: Math.round(seconds * 1000) }),
  ].filter(Boolean);
  return (
    <Stack gap={8} data-no-picture>
      {means && <Text size="sm">{means}</Text>}
      {filters && <Text size="sm">{filters}</Text>}
      {interval && <Text size="sm">{interval}</Text>}
      {facts.length > 0 && (
        <Text size="xs" c="dimmed">
          {facts.join(" · ")}
        </Text>
      )}
      {text && <Snippet label={t("query")} text={text} height={220} />}
    </Stack>
  );
}
