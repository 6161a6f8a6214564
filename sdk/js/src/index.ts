/** The script itself: takes over from the stub in the page, or from its own tag's `data-` attributes. */

import { type Client, createClient } from "./client.ts";
import type { Settings } from "./types.ts";

type Call = [method: string, ...rest: any[]];

/** Turns the stub (`window.dangol`, an array of calls) into the client, and carries out what the page asked for meanwhile. */
export const boot = (script: HTMLScriptElement | null): void => {
  const stub = ((window as any).dangol ||= []);
  if (stub.booted) return; // a second copy of the tag
  stub.booted = true;
  let client: Client | undefined;
  const early: Call[] = stub.splice(0);

  const call = ([method, ...rest]: Call): unknown => {
    try {
      if (method == "load") begin(rest[0]);
      else if (!client) early.push([method, ...rest]);
      else return client[method]!(...rest);
    } catch (error) {
      // a fault of ours, or a call that does not exist, never breaks the shop's page
      console.warn("[dangol] " + method, error);
    }
    return;
  };
  const begin = (settings: Settings) => {
    if (client) return;
    client = createClient({ host: script?.src.split("/sdk/")[0], replaySrc: script?.src.replace(/\.js/, "-replay.js"), ...settings });
    for (const name in client) stub[name] = (...rest: any[]) => call([name, ...rest]);
    early.splice(0).forEach(call);
  };
  stub.push = (...calls: Call[]) => calls.forEach(call);

  const data: any = script?.dataset;
  const asked = early.findIndex(([method]) => method == "load");
  if (data?.key) begin({ ...data, hash: "hash" in data });
  else if (asked >= 0) call(early.splice(asked, 1)[0]!);
};

boot(document.currentScript as HTMLScriptElement | null);
