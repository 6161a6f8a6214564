/** One visitor on one page: takes calls and captures, says who and where, hands on to the queue; all of it behind consent. */

import { clicks } from "./clicks.ts";
import { createConsent } from "./consent.ts";
import { forms } from "./forms.ts";
import { pages } from "./pages.ts";
import { createQueue, type Queue } from "./queue.ts";
import { startReplay } from "./replaying.ts";
import { scroll } from "./scroll.ts";
import { SHOP } from "./shop.ts";
import { cut, json, scrub, uuid } from "./text.ts";
import type { Host, Kind, Message, Part, Preferences, Props, Settings, Strings } from "./types.ts";
import { createVisitor, forget, type Visitor } from "./visitor.ts";
import { vitals } from "./vitals.ts";

declare const VERSION: string;

/** Calls kept in memory until the visitor has answered; refused, they are forgotten. */
const HELD = 100;

export interface Client {
  track(event: string, properties?: Props): void;
  page(name?: string, properties?: Props): void;
  identify(userId?: string, traits?: Props): void;
  group(groupId: string, traits?: Props): void;
  reset(): void;
  flush(): void;
  /** Records the visitor's answer; without one, tells what is allowed now. */
  consent(preferences?: Preferences, strings?: Strings): boolean | undefined;
  /** Asks for this page to be recorded (true) or not to be (false). */
  replay(wanted?: boolean): void;
  [shop: string]: (...rest: any[]) => any;
}

export const createClient = (settings: Settings): Client => {
  const { key, capture = {} } = settings;
  const api = settings.host!.replace(/\/+$/, "") + "/v1/";
  const consent = createConsent(settings.consent);
  let visitor: Visitor | undefined;
  let queue: Queue | undefined;
  let held: Message[] = [];
  let stops: (() => void)[] = [];
  let hooks: ((gone: boolean) => void)[] = [];
  let replaying: ReturnType<typeof startReplay> | undefined;
  // what is told of a page that is no longer in the address bar, and where this one was come from
  let elsewhere: string | undefined;
  let referrer = document.referrer;

  const where = (): Props => {
    const url = new URL(elsewhere || location.href);
    const [path, search, title] = [url.pathname, scrub(url.search), cut(document.title, 200)];
    return { url: scrub(url.href), path, search, title, referrer: scrub(referrer) };
  };
  const device = (): Props => ({
    library: { name: "dangol.js", version: VERSION },
    userAgent: navigator.userAgent,
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
  });
  const go = (message: Message) => {
    if (message.userId) visitor!.become(message.userId);
    const userId = visitor!.userId();
    message.anonymousId = visitor!.anonymousId();
    if (userId) message.userId = userId;
    Object.assign(message.context, visitor!.session(+new Date(message.timestamp)), consent.context());
    queue!.add(message);
  };
  const send = (type: Kind, fields: Partial<Message>, id?: string) => {
    const message: Message = {
      type,
      messageId: id || uuid(),
      timestamp: new Date().toISOString(),
      context: { page: where() },
      ...fields,
    };
    if (queue) go(message);
    else if (consent.allows("analytics") === undefined && held.length < HELD) held.push(message);
  };
  const left = (gone: boolean) => hooks.forEach((hook) => hook(gone));
  const host: Host = {
    track: (event, properties, id) => send("track", { event, properties }, id),
    page: () => client.page(),
    leaving: (what) => hooks.push(what),
    ending: (what) => stops.push(what),
    on: (target, names, what) => {
      // a fault of ours never reaches the shop's page
      const safe = (event: Event) => {
        try {
          what(event);
        } catch (error) {
          console.warn("[dangol]", error);
        }
      };
      for (const name of names.split(" ")) {
        target.addEventListener(name, safe, true);
        stops.push(() => target.removeEventListener(name, safe, true));
      }
    },
  };
  const moved = (from: string) => {
    elsewhere = from;
    left(false);
    elsewhere = undefined;
    referrer = from;
  };
  const parts: Record<Part, (host: Host) => void> = {
    vitals,
    scroll,
    forms,
    clicks,
    pages: () => pages(host, settings.hash, moved),
  };
  const start = () => {
    visitor = createVisitor(
      settings.cookie &&
        ((anonymousId, domain) => {
          // a string body is text/plain: no preflight
          const body = json({ writeKey: key, anonymousId, domain });
          fetch(api + "visitor", { method: "POST", credentials: "include", body }).catch(() => 0);
        }),
    );
    queue = createQueue(api + "batch", key, settings.wait ?? 1000, device());
    held.splice(0).forEach(go);
    const hide = () => {
      left(true);
      queue!.leave();
    };
    host.on(document, "visibilitychange", () => document.visibilityState == "hidden" && hide());
    host.on(window, "pagehide", hide);
    for (const part in parts) if (capture[part as Part] !== false) parts[part as Part](host);
  };
  const stop = () => {
    held = [];
    stops.splice(0).forEach((end) => end());
    hooks = [];
    queue?.clear();
    forget();
    queue = visitor = undefined;
  };
  const replay = (wanted?: boolean) => {
    const allowed = visitor && settings.replay && consent.allows("replay");
    if (!allowed || wanted === false) replaying = replaying?.();
    else if (!replaying && (wanted || document.querySelector("[data-dangol-replay]")))
      replaying = startReplay(settings, api, visitor!, where);
  };
  const settle = () => {
    const allowed = consent.allows("analytics");
    if (allowed && !queue) start();
    if (allowed === false) stop();
    replay();
  };
  const client: Client = {
    track: (event, properties = {}) => send("track", { event, properties }),
    page: (name, properties) => send("page", { name, properties: { ...where(), ...properties } }),
    identify: (userId, traits = {}) => send("identify", { userId: userId ? String(userId) : undefined, traits }),
    group: (groupId, traits = {}) => send("group", { groupId: String(groupId), traits }),
    reset: () => visitor?.reset(),
    flush: () => queue?.flush(),
    consent: (preferences, strings) => {
      if (preferences) {
        const before = queue;
        consent.answer(preferences, strings);
        // a refusal is told of a visitor already known, so that what follows elsewhere stops too; then nothing more
        if (before) host.track("Consent Updated", {});
        if (before && !consent.allows("analytics")) before.leave();
        settle();
        if (!before && queue) host.track("Consent Updated", {});
      }
      return consent.allows("analytics");
    },
    replay: (wanted = true) => replay(wanted),
  };
  for (const name in SHOP)
    client[name] = (properties: Props = {}) => {
      const order = properties.order_id;
      // the thank-you page shown twice is one order: the same id, which the collector takes once
      const id = name == "order" && order ? cut(`order:${key}:${order}`, 99) : undefined;
      host.track(SHOP[name]!, properties, id);
    };
  host.on(window, "storage", (event: StorageEvent) => {
    // answered in another tab; this listener outlives a withdrawal
    if (event.key == "dangol.consent") {
      consent.refresh();
      settle();
    }
  });
  stops = [];
  settle();
  return client;
};
