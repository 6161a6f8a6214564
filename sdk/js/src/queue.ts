/**
 * Events on their way. Each is held until the collector has answered for it; what cannot be sent now waits in localStorage,
 * also for the next visit. The same event may go twice (it keeps its messageId, and the collector takes it once); none is
 * given up because the line was down.
 */

import * as storage from "./storage.ts";
import { bytes, json, uuid } from "./text.ts";
import type { Message, Props } from "./types.ts";

/** Browsers refuse more than 64 KB on requests that outlive the page. */
const BODY = 60_000;
const EVENT = 32_000;
const MOST = 1_000;

export interface Queue {
  add(message: Message): void;
  /** Sends what waits. */
  flush(): void;
  /** The page goes: everything leaves by beacon, or is kept. */
  leave(): void;
  /** Gives up everything unsent. */
  clear(): void;
}

export const createQueue = (url: string, key: string, wait: number, context: Props): Queue => {
  const mine = "dangol.queue." + uuid();
  let waiting: string[] = [];
  let flying: string[] = [];
  let timer: any;
  let kept = false;
  let tries = 0;
  let epoch = 0;

  for (const name of storage.names("dangol.queue.")) {
    const found = storage.read(name);
    if (Array.isArray(found)) waiting.push(...found.filter((text) => typeof text == "string"));
    storage.write(name);
  }

  const keep = () => {
    let all = [...flying, ...waiting];
    kept = !!all.length;
    if (!kept) return storage.write(mine);
    // full storage: half of the oldest goes, again and again, until the rest fits
    while (all.length && !storage.write(mine, all)) all = all.slice(Math.ceil(all.length / 2));
    return;
  };
  const body = (texts: string[]) =>
    `{"writeKey":${json(key)},"sentAt":"${new Date().toISOString()}","context":${json(context)},"batch":[${texts.join()}]}`;
  const take = () => {
    const taken: string[] = [];
    for (let size = 1_000; waiting.length && taken.length < 100; ) {
      size += bytes(waiting[0]!) + 1;
      if (size > BODY && taken.length) break;
      taken.push(waiting.shift()!);
    }
    return taken;
  };
  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };
  const settle = (status: number, after: number, sent: number) => {
    if (sent != epoch) return;
    if (status && status < 500 && status != 429 && status != 408) {
      if (status >= 400) console.warn("[dangol] refused: " + status);
      flying = [];
      tries = 0;
      if (kept) keep();
      if (waiting.length) flush();
    } else {
      waiting = [...flying, ...waiting].slice(-MOST);
      flying = [];
      keep();
      // the wait doubles up to five minutes, with chance so that browsers do not return all at once
      later(after * 1000 || Math.min(3e5, 1000 * 2 ** tries++) * (0.5 + Math.random()));
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    if (flying.length || !waiting.length) return;
    flying = take();
    const sent = epoch;
    // text/plain and no header of our own: no preflight. keepalive: the request outlives the page
    fetch(url, { method: "POST", body: body(flying), keepalive: true, headers: { "content-type": "text/plain" } }).then(
      (r) => settle(r.status, +r.headers.get("retry-after")! || 0, sent),
      () => settle(0, 0, sent),
    );
  };
  if (waiting.length) later(wait);
  addEventListener("online", flush);
  return {
    add: (message) => {
      const text = json(message);
      if (!text || bytes(text) > EVENT) {
        console.warn("[dangol] not sent, over 32 KB or not JSON: " + (message.event || message.type));
        return;
      }
      waiting.push(text);
      if (waiting.length > MOST) waiting.shift();
      if (kept) keep();
      if (waiting.length > 19 && !tries) flush();
      else if (!timer) later(wait);
    },
    flush,
    leave: () => {
      // a beacon tells nothing back: it is trusted only while the line is known to work
      while (waiting.length && navigator.onLine && !tries) {
        const texts = take();
        if (!navigator.sendBeacon?.(url, body(texts))) {
          waiting.unshift(...texts);
          break;
        }
      }
      if (flying.length || waiting.length || kept) keep();
    },
    clear: () => {
      epoch++;
      waiting = [];
      flying = [];
      clearTimeout(timer);
      timer = tries = 0;
    },
  };
};
