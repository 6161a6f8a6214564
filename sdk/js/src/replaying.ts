/** The core's half of session replay: whether this session is in the sample, and bringing the recorder. */

import type { Props, Settings } from "./types.ts";
import type { Visitor } from "./visitor.ts";

/** What the recorder is given. */
export interface Recording {
  url: string;
  key: string;
  anonymousId: string;
  sessionId: unknown;
  where(): Props;
}

/** The recorder's entrance, which `dangol-replay.js` leaves on the window; it returns how to stop. */
export type Recorder = (recording: Recording) => () => void;

/** Starts recording if the session is in the sample; returns how to stop. */
export const startReplay = (settings: Settings, api: string, visitor: Visitor, where: () => Props): (() => undefined) | undefined => {
  const { sessionId } = visitor.session(Date.now());
  // the milliseconds of its beginning are chance enough, and the same on all pages of a session
  if ((sessionId as number) % 1000 >= settings.replay! * 1000) return;
  let stop: (() => void) | undefined;
  let wanted = true;
  const script = document.createElement("script");
  const begin = () => {
    if (wanted)
      stop = ((window as any).dangolReplay as Recorder)({
        url: api + "replay",
        key: settings.key,
        anonymousId: visitor.anonymousId(),
        sessionId,
        where,
      });
  };
  const source = settings.replaySrc!;
  // pages that require Trusted Types refuse a bare string here
  const policy = (window as any).trustedTypes?.createPolicy("dangol", { createScriptURL: (url: string) => url });
  script.src = policy ? policy.createScriptURL(source) : source;
  script.nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce || "";
  script.onload = begin;
  if ((window as any).dangolReplay) begin();
  else document.head.append(script);
  return () => {
    wanted = false;
    stop?.();
    return undefined;
  };
};
