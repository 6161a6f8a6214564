/** The recorder (rrweb), in a file of its own that is fetched only for sessions and pages that are recorded. */

import { record } from "@rrweb/record";
import { maskEvent, maskField, maskText } from "./masking.ts";
import type { Recorder } from "./replaying.ts";
import { bytes, json, uuid } from "./text.ts";

/** A part is sent after so many milliseconds, or bytes of JSON. */
const WAIT = 5_000;
const PART = 200_000;
/** What the collector takes, packed; a page larger than this is not recorded. */
const LARGEST = 450_000;
/** A forgotten tab is not recorded for ever. */
const LONGEST = 30 * 60_000;
const TRIES = 3;

const pack = async (text: string): Promise<Blob> => {
  if (!("CompressionStream" in window)) return new Blob([text]);
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  // no type, and no Content-Encoding: the request stays simple (no preflight); gzip is told by its first two bytes
  return new Blob([await new Response(packed).arrayBuffer()]);
};

const start: Recorder = ({ url, key, anonymousId, sessionId, where }) => {
  const replayId = uuid();
  let part = 0;
  let events: string[] = [];
  let size = 0;
  let timer: any;
  let stopped = false;

  const body = () => {
    const head = { writeKey: key, sentAt: new Date().toISOString(), anonymousId, sessionId, replayId, part: part++, page: { ...where(), title: undefined } };
    const text = `${json(head)!.slice(0, -1)},"events":[${events.join()}]}`;
    events = [];
    size = 0;
    return text;
  };
  const post = async (packed: Blob, tries: number): Promise<void> => {
    const answer = await fetch(url, { method: "POST", body: packed, keepalive: packed.size < 60_000 }).catch(() => undefined);
    if (!answer || answer.status == 429 || answer.status >= 500) {
      if (tries < TRIES) setTimeout(() => post(packed, tries + 1), 1000 * 2 ** tries);
    } else if (answer.status >= 400) stop();
  };
  const flush = async () => {
    clearTimeout(timer);
    timer = 0;
    if (!events.length) return;
    const packed = await pack(body());
    if (packed.size > LARGEST) {
      console.warn("[dangol] page too large to record");
      stop();
    } else await post(packed, 1);
  };
  const leave = () => {
    // compression cannot be waited for here; a last part over 60 KB is given up
    if (!events.length) return;
    const text = body();
    if (bytes(text) < 60_000) navigator.sendBeacon?.(url, text);
  };
  const hidden = () => document.visibilityState == "hidden" && leave();
  const end = record({
    emit: (event: unknown) => {
      if (stopped) return;
      maskEvent(event, (id) => record.mirror.getNode(id));
      const text = json(event);
      if (!text) return;
      events.push(text);
      size += text.length;
      if (size > PART) void flush();
      else timer ||= setTimeout(flush, WAIT);
    },
    maskAllInputs: true,
    maskInputFn: maskField as any,
    maskTextSelector: "*",
    maskTextFn: maskText,
    blockSelector: "[data-dangol-block],iframe",
    ignoreSelector: "[data-dangol-ignore]",
    slimDOMOptions: "all",
    sampling: { mousemove: 100, scroll: 150, input: "last" },
    recordCanvas: false,
    collectFonts: false,
    inlineImages: false,
  } as any);
  const longest = setTimeout(() => stop(), LONGEST);
  const stop = () => {
    if (stopped) return;
    leave();
    stopped = true;
    end?.();
    clearTimeout(longest);
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", hidden);
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", hidden);
  return stop;
};

(window as any).dangolReplay = start;
