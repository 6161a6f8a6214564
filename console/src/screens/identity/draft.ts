/** A draft of the rules: the whole policy as a form, and what of it differs. */
import type { KindRule, Policy, PolicyBody } from "./api";

/** What a document must say so that it makes `policy` of `base`. */
export function differences(policy: Policy, base: Policy): PolicyBody {
  const body: PolicyBody = {};
  if (policy.max_partners !== base.max_partners) body.max_partners = policy.max_partners;
  if (policy.shared_device !== base.shared_device) body.shared_device = policy.shared_device;
  const kinds: Record<string, Partial<KindRule>> = {};
  for (const [name, rule] of Object.entries(policy.kinds)) {
    const other = base.kinds[name];
    const said: Partial<KindRule> = {};
    if (rule.strength !== other?.strength) said.strength = rule.strength;
    if (rule.unique !== other?.unique) said.unique = rule.unique;
    if (rule.cap !== other?.cap) said.cap = rule.cap;
    if (Object.keys(said).length) kinds[name] = said;
  }
  return Object.keys(kinds).length ? { ...body, kinds } : body;
}

export const size = (body: PolicyBody): number =>
  Number(body.max_partners !== undefined) +
  Number(body.shared_device !== undefined) +
  Object.values(body.kinds ?? {}).reduce((n, kind) => n + Object.keys(kind).length, 0);

/** The policy a document makes of `base`. */
export function applied(body: PolicyBody, base: Policy): Policy {
  const kinds = Object.fromEntries(Object.entries(base.kinds).map(([name, rule]) => [name, { ...rule, ...body.kinds?.[name] }]));
  return {
    max_partners: body.max_partners ?? base.max_partners,
    shared_device: (body.shared_device as Policy["shared_device"]) ?? base.shared_device,
    kinds,
  };
}
