/** One answer of the server in its five states, at one height. */
import { Badge, Group, Text, Tooltip } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { type Moment, useFormat } from "./format";
import { words } from "./parts.words";
import { ErrorBox, Waiting } from "./states";
import { useWords } from "./words";

export type AnswerProps<T> = {
  query: UseQueryResult<T>;
  /** Pixels that every state takes at least, so that nothing jumps. */
  height?: number;
  /** What to show instead when the answer is there but empty (an `Empty` that says why); nothing: it is not empty. */
  empty?: (data: T) => ReactNode | null | undefined | false;
  /** What is missing from the answer (sampled, suppressed for privacy, still being computed): shown above it. */
  partial?: (data: T) => ReactNode | null | undefined | false;
  /** As of when an answer is that is kept for a while: said below it. */
  asOf?: (data: T) => Moment;
  children: (data: T) => ReactNode;
};

/** While it is asked again the old answer stays, dimmed, with its time. */
export function Answer<T>({ query, height = 160, empty, partial, asOf, children }: AnswerProps<T>) {
  const t = useWords(words);
  const format = useFormat();
  const { data, error, isFetching, isPlaceholderData, dataUpdatedAt, refetch } = query;
  if (data === undefined) {
    return error ? <ErrorBox error={error} retry={refetch} height={height} /> : <Waiting height={height} />;
  }
  const nothing = empty?.(data);
  const missing = nothing ? null : partial?.(data);
  const old = isPlaceholderData && isFetching;
  return (
    <div style={{ minHeight: height }} aria-busy={isFetching}>
      {error ? <ErrorBox error={error} retry={refetch} height={0} /> : null}
      {missing && (
        <Group gap={6} px={14} pt={8} wrap="nowrap">
          <Badge color="yellow">{t("partial")}</Badge>
          <Text size="xs">{missing}</Text>
        </Group>
      )}
      <Tooltip label={t("stale", { at: format.time(new Date(dataUpdatedAt)) })} disabled={!old}>
        <div className={old || error ? "stale" : undefined}>{nothing || children(data)}</div>
      </Tooltip>
      {asOf && !nothing && (
        <Text size="xs" c="dimmed" mt={6}>
          {t("asOf", { at: format.moment(asOf(data)) })}
        </Text>
      )}
    </div>
  );
}
