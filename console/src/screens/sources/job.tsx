/** Long work: how far it is, stop, run again; and what it said when it ended. */
import { Alert, Badge, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";

import { api } from "../../api";
import { type Column, DataTable, ErrorBox, Panel, useFormat, useWords, Waiting } from "../../ui";
import { isOpen, type Job, type Report, useDo, useJob, useJobs } from "./api";
import { words } from "./job.words";

const Reported = lazy(() => import("./report"));

const COLOUR = { waiting: "gray", running: "blue", done: "teal", failed: "red", cancelled: "yellow", interrupted: "orange" } as const;

type Name = "import";

export function useJobName(): (job: Pick<Job, "kind" | "asked">) => string {
  const t = useWords(words);
  return (job) => (job.asked.dry_run ? t("dry") : t(job.kind as Name));
}

/** A running job, or the report of one that has ended. */
export function JobPanel({ id, close, finished, importNow }: { id: number; close: () => void; finished?: () => void; importNow?: () => void }) {
  const t = useWords(words);
  const name = useJobName();
  const query = useJob<Report>(id);
  const job = query.data;
  if (!job) return query.error ? <ErrorBox error={query.error} retry={query.refetch} /> : <Waiting height={90} />;
  const done = () => {
    close();
    if (job.state === "done" && !job.asked.dry_run) finished?.();
  };
  return (
    <Panel
      title={name(job)}
      right={
        <Group gap={8}>
          <Badge color={COLOUR[job.state]}>{t(job.state)}</Badge>
          {!isOpen(job) && (
            <Button variant="subtle" color="gray" size="compact-xs" onClick={done}>
              {t("close")}
            </Button>
          )}
        </Group>
      }
    >
      <JobState job={job}>
        {(result) => (
          <Suspense fallback={<Waiting height={120} />}>
            {job.kind === "import" || job.kind === "replay" ? <Reported report={result} {...(importNow ? { importNow } : {})} /> : null}
          </Suspense>
        )}
      </JobState>
    </Panel>
  );
}

/** What stands where a job's result will be. */
export function JobState<Result>({ job, children }: { job: Job<Result>; children: (result: Result) => ReactNode }) {
  const t = useWords(words);
  const stop = useDo(() => api.post(`/v1/jobs/${job.id}/cancel`), ["job", "jobs"]);
  const again = useDo(() => api.post<Job>(`/v1/jobs/${job.id}/again`), ["jobs"]);
  if (isOpen(job)) {
    const share = job.total ? (100 * job.done) / job.total : null;
    return (
      <Stack gap={8} role="status" aria-live="polite">
        <Group justify="space-between">
          <Text size="sm">{job.state === "waiting" ? t("waitingSays") : <Step job={job} />}</Text>
          <Button variant="default" size="compact-xs" disabled={!job.stops} title={job.stops ? undefined : t("tooLate")} loading={stop.isPending} onClick={() => stop.mutate(undefined)}>
            {t("stop")}
          </Button>
        </Group>
        <Progress value={share ?? 100} animated={share === null} size="md" aria-label={t("running")} />
      </Stack>
    );
  }
  if (job.state === "done") return <>{children(job.result as Result)}</>;
  const why = job.state === "cancelled" ? t("cancelledSays") : job.state === "interrupted" ? t("interruptedSays") : null;
  return (
    <Stack gap={8} align="flex-start">
      {why ? (
        <Text size="sm">{why}</Text>
      ) : (
        <Alert color="red" title={job.error?.message} w="100%">
          {job.error?.hint ?? job.error?.code}
        </Alert>
      )}
      <Button variant="default" loading={again.isPending} onClick={() => again.mutate(undefined)}>
        {t("again")}
      </Button>
    </Stack>
  );
}

function Step({ job }: { job: Job }) {
  const t = useWords(words);
  const known = ["looking", "traits", "segments", "links", "samples", "replay"];
  if (!job.step) return <>{t("running")}</>;
  return <>{known.includes(job.step) ? t(job.step as "looking") : t("reading", { file: job.step })}</>;
}

/** The latest jobs of taking in. */
export function RecentJobs({ open, shown }: { open: (id: number) => void; shown: number | null }) {
  const t = useWords(words);
  const format = useFormat();
  const name = useJobName();
  const jobs = useJobs("import");
  const rows = (jobs.data ?? []).filter((j) => j.id !== shown).slice(0, 5);
  if (!rows.length) return null;
  const columns: Column<Job>[] = [
    { key: "kind", title: t("job"), cell: name, value: name },
    { key: "made_at", title: t("when"), cell: (j) => format.moment(j.made_at) },
    { key: "state", title: t("state"), cell: (j) => <Badge color={COLOUR[j.state]}>{t(j.state)}</Badge> },
  ];
  return (
    <Panel title={t("jobs")} flush>
      <DataTable columns={columns} rows={rows} rowKey={(j) => j.id} label={t("jobs")} onOpen={(j) => open(j.id)} />
    </Panel>
  );
}
