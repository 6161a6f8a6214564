/** The rules of identity: a draft, tried on the real links, judged by hand, published, taken back. */
import { Badge, Button, Checkbox, Group, NumberInput, Select, Stack, Text } from "@mantine/core";

import { api, useMay } from "../../api";
import { Answer, type Column, DataTable, Empty, Page, Panel, say, sayError, useConfirm, useFormat, useView, useWords } from "../../ui";
import { type Job, useDo, useJob } from "../sources/api";
import { JobState } from "../sources/job";
import css from "../sources/sources.module.css";
import type { Policy, PolicyBody, Published, Rules as InForce, Strength, Trial } from "./api";
import { useRules } from "./api";
import { applied, differences, size } from "./draft";
import { useNames } from "./kinds";
import { words } from "./rules.words";
import { Tried } from "./trial";

export default function Rules() {
  const t = useWords(words);
  const rules = useRules();
  return (
    <Page title={t("title")} says={t("says")} crumbs={[{ says: t("toIdentity"), to: "/identity" }]}>
      <Answer query={rules} height={400}>
        {(found) => <Editor key={found.version} rules={found} />}
      </Answer>
    </Page>
  );
}

function Editor({ rules }: { rules: InForce }) {
  const t = useWords(words);
  const may = useMay();
  const ask = useConfirm();
  const [view, set] = useView();
  const kept = readDraft(view["draft"]);
  const policy = kept ? applied(kept, rules.base) : rules.policy;
  const body = differences(policy, rules.base);
  const changed = size(differences(policy, rules.policy));
  const job = view["job"] ? Number(view["job"]) : null;
  const trial = useJob<Trial>(job);
  const doing = view["doing"] ? Number(view["doing"]) : null;
  const put = (next: Policy) => set({ draft: JSON.stringify(differences(next, rules.base)), job: null }, { replace: true });
  const tryIt = useDo(() => api.post<Job>("/v1/identity/rules/try", { policy: body }), ["jobs"]);
  const publish = useDo((note: string) => api.post<Job>("/v1/identity/rules/publish", { policy: body, version: rules.version, note }), ["jobs"]);
  const result = trial.data?.state === "done" ? trial.data.result : null;
  const enforce = async () => {
    if (!result) return;
    const moves = result.joins + result.separations;
    const text = moves ? t("publishBody", { joining: t("joining", { n: result.joins }), leaving: t("leaving", { n: result.separations }) }) : t("publishNone");
    const note = await ask({ title: t("publishTitle"), body: text, action: t("publish"), reason: "wanted" });
    if (note !== null) publish.mutate(note, { onSuccess: (made) => set({ doing: made.id, job: null, draft: null }) });
  };
  return (
    <Stack gap={14}>
      {doing !== null && <Doing id={doing} close={() => set({ doing: null })} />}
      <Panel
        title={t("draft")}
        right={<Badge color="gray">{rules.version ? t("inForce", { n: String(rules.version) }) : t("inForceBase")}</Badge>}
        flush
      >
        <Form policy={policy} inForce={rules.policy} put={put} fixed={!may("mend")} />
        <Group justify="space-between" p={12} gap={8}>
          <Text size="sm" c="dimmed">
            {!may("mend") ? t("mayNot") : changed ? t("changedKinds", { n: changed }) : t("same")}
          </Text>
          {may("mend") && (
            <Group gap={8}>
              <Button variant="subtle" color="gray" onClick={() => put(rules.base)}>
                {t("base")}
              </Button>
              <Button variant="default" disabled={!changed} onClick={() => set({ draft: null, job: null })}>
                {t("reset")}
              </Button>
              <Button loading={tryIt.isPending} disabled={!changed} onClick={() => tryIt.mutate(undefined, { onSuccess: (made) => set({ job: made.id }) })}>
                {t("try")}
              </Button>
            </Group>
          )}
        </Group>
      </Panel>
      {job !== null && trial.data && (
        <Panel
          title={t("trial")}
          right={
            result && may("mend") ? (
              <Button loading={publish.isPending} onClick={() => void enforce()}>
                {t("publish")}
              </Button>
            ) : null
          }
        >
          <JobState job={trial.data}>{(found) => <Tried trial={found} job={job} />}</JobState>
        </Panel>
      )}
      <Versions rules={rules} started={(made) => set({ doing: made.id, draft: null, job: null })} />
    </Stack>
  );
}

function readDraft(text: string | undefined): PolicyBody | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as PolicyBody;
  } catch {
    return null; // an address that somebody shortened
  }
}

const STRENGTHS: readonly Strength[] = ["strong", "medium", "weak"];

function Form({ policy, inForce, put, fixed }: { policy: Policy; inForce: Policy; put: (policy: Policy) => void; fixed: boolean }) {
  const t = useWords(words);
  const name = useNames();
  type Row = { kind: string };
  const set = (kind: string, patch: Partial<Policy["kinds"][string]>) => {
    const rule = policy.kinds[kind];
    if (rule) put({ ...policy, kinds: { ...policy.kinds, [kind]: { ...rule, ...patch } } });
  };
  const other = (kind: string, what: "strength" | "unique" | "cap") => policy.kinds[kind]?.[what] !== inForce.kinds[kind]?.[what];
  const mark = (on: boolean) => (on ? { background: "var(--accent-soft)", borderRadius: 4, width: "fit-content" } : undefined);
  const columns: Column<Row>[] = [
    { key: "kind", title: t("kind"), cell: (r) => <strong>{name(r.kind)}</strong> },
    {
      key: "strength",
      title: t("strength"),
      cell: (r) => (
        <Select aria-label={`${name(r.kind)}: ${t("strength")}`} w={110} disabled={fixed} allowDeselect={false} style={mark(other(r.kind, "strength"))} value={policy.kinds[r.kind]?.strength ?? null} data={STRENGTHS.map((value) => ({ value, label: name(value) }))} onChange={(strength) => strength && set(r.kind, { strength: strength as Strength })} />
      ),
    },
    {
      key: "unique",
      title: t("unique"),
      cell: (r) => <Checkbox aria-label={`${name(r.kind)}: ${t("unique")}`} disabled={fixed} style={mark(other(r.kind, "unique"))} checked={policy.kinds[r.kind]?.unique ?? false} onChange={(e) => set(r.kind, { unique: e.currentTarget.checked })} />,
    },
    {
      key: "cap",
      title: t("cap"),
      cell: (r) => (
        <NumberInput aria-label={`${name(r.kind)}: ${t("cap")}`} w={90} min={1} max={100000} style={mark(other(r.kind, "cap"))} disabled={fixed || (policy.kinds[r.kind]?.unique ?? false)} value={policy.kinds[r.kind]?.unique ? 1 : (policy.kinds[r.kind]?.cap ?? 1)} onChange={(v) => Number(v) >= 1 && set(r.kind, { cap: Number(v) })} />
      ),
    },
  ];
  return (
    <>
      <DataTable columns={columns} rows={Object.keys(policy.kinds).map((kind) => ({ kind }))} rowKey={(r) => r.kind} label={t("draft")} />
      <Group p={12} gap="md" align="flex-end">
        <NumberInput label={t("partners")} w={320} min={1} max={1000000} disabled={fixed} value={policy.max_partners} onChange={(v) => Number(v) >= 1 && put({ ...policy, max_partners: Number(v) })} />
        <Select
          label={t("shared")}
          w={260}
          disabled={fixed}
          allowDeselect={false}
          value={policy.shared_device}
          data={(["nobody", "first", "last"] as const).map((value) => ({ value, label: t(value) }))}
          onChange={(shared) => shared && put({ ...policy, shared_device: shared as Policy["shared_device"] })}
        />
      </Group>
      {policy.shared_device !== inForce.shared_device && policy.shared_device !== "nobody" && (
        <Text size="xs" c="dimmed" px={12}>
          {t("caveat")}
        </Text>
      )}
    </>
  );
}

function Doing({ id, close }: { id: number; close: () => void }) {
  const t = useWords(words);
  const job = useJob<Published>(id);
  if (!job.data) return null;
  return (
    <Panel
      title={t("running")}
      right={
        <Button variant="subtle" color="gray" size="compact-xs" onClick={close}>
          ×
        </Button>
      }
    >
      <JobState job={job.data}>{(done) => <Text size="sm">{t("published", { version: String(done.version), n: done.customers ?? 0 })}</Text>}</JobState>
    </Panel>
  );
}

function Versions({ rules, started }: { rules: InForce; started: (job: Job) => void }) {
  const t = useWords(words);
  const format = useFormat();
  const may = useMay();
  const ask = useConfirm();
  type Row = InForce["versions"][number];
  const back = async (to: number) => {
    const said = await ask({ title: t("backTitle", { n: to ? String(to) : t("backBase") }), body: t("backBody"), action: t("back") });
    if (said === null) return;
    try {
      started(await api.post<Job>("/v1/identity/rules/revert", { to }));
      say(t("running"));
    } catch (error) {
      sayError(error);
    }
  };
  const button = (to: number) => (
    <Button variant="subtle" size="compact-xs" onClick={() => void back(to)}>
      {t("back")}
    </Button>
  );
  const columns: Column<Row>[] = [
    { key: "version", title: t("version"), align: "right" },
    { key: "at", title: t("when"), cell: (v) => (v.at ? format.moment(v.at) : "–") },
    { key: "actor", title: t("who") },
    { key: "note", title: t("note"), wrap: true },
    { key: "body", title: t("what"), wrap: true, cell: (v) => <span className={css.code}>{size(v.body) ? JSON.stringify(v.body) : t("noVersion")}</span>, value: (v) => JSON.stringify(v.body) },
    { key: "do", title: "", align: "right", cell: (v) => (may("mend") && v.version !== rules.version ? button(v.version) : null) },
  ];
  const base: Row = { version: 0, at: "", actor: "", note: t("backBase"), body: {} };
  return (
    <Panel title={t("versions")} flush>
      {rules.versions.length === 0 ? <Empty why={t("noVersions")} height={70} /> : <DataTable columns={columns} rows={[...rules.versions, base]} rowKey={(v) => v.version} label={t("versions")} />}
    </Panel>
  );
}
