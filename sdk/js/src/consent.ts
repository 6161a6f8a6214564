/** What the visitor allowed. Until that is known nothing is captured, stored or sent. */

import * as storage from "./storage.ts";
import type { Preferences, Props, Settings, Strings } from "./types.ts";

const KEPT = "dangol.consent";

export interface Consent {
  /** True, false, or undefined while the visitor has not answered. */
  allows(purpose: string): boolean | undefined;
  /** Records an answer. */
  answer(preferences: Preferences, strings?: Strings): void;
  /** Another tab has answered: read it anew. */
  refresh(): void;
  /** As it stands on each event. */
  context(): Props;
}

/** Global Privacy Control stands in for "no" where the visitor has said nothing here; an answer given here outranks it. */
export const createConsent = (mode: Settings["consent"]): Consent => {
  const gpc = !!(navigator as any).globalPrivacyControl;
  let kept: { preferences?: Preferences; strings?: Strings } = {};
  const refresh = () => {
    kept = storage.read(KEPT) || kept;
  };
  refresh();
  return {
    allows: (purpose) => kept.preferences?.[purpose] ?? (gpc ? false : mode == "implied" || undefined),
    answer: (preferences, strings) => {
      kept = { preferences: { ...kept.preferences, ...preferences }, strings: { ...kept.strings, ...strings } };
      storage.write(KEPT, kept);
    },
    refresh,
    context: () => ({ consent: { categoryPreferences: kept.preferences || {} }, gpc: gpc || undefined, ...kept.strings }),
  };
};
