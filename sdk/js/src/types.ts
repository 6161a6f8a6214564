/** The nouns of the browser SDK. */

export type Props = Record<string, unknown>;

/** What a shop says once, when it loads the SDK. */
export interface Settings {
  /** The source's browser write key. */
  key: string;
  /** Where the collector answers, with or without a path, e.g. `https://shop.kr/dangol`; default: where the script is from. */
  host?: string;
  /** `server`: the cookie is set by the collector, too, which must be on a name of the shop's own domain. */
  cookie?: "server";
  /** `required` (default): nothing is captured until the visitor allows it. `implied`: captured unless refused. */
  consent?: "required" | "implied";
  /** Parts of automatic capture to switch off. */
  capture?: Partial<Record<Part, boolean>>;
  /** Share of sessions to record, 0 (default: never) to 1. Only pages that opt in are recorded. */
  replay?: number;
  /** Where `dangol-replay.js` is; default: beside `dangol.js`. */
  replaySrc?: string;
  /** Whether `#/route` is a page of its own. */
  hash?: boolean;
  /** Milliseconds an event may wait for company before it is sent. */
  wait?: number;
}

export type Part = "pages" | "clicks" | "forms" | "scroll" | "vitals";

export type Kind = "track" | "identify" | "page" | "group";

/** One call on its way: Segment's wire, complete but for who made it. */
export interface Message {
  type: Kind;
  messageId: string;
  timestamp: string;
  context: Props;
  event?: string;
  name?: string;
  userId?: string;
  anonymousId?: string;
  groupId?: string;
  properties?: Props;
  traits?: Props;
}

/** What the visitor allowed, by purpose: `analytics`, `marketing`, `replay`, or the shop's own words. */
export type Preferences = Record<string, boolean>;

/** Strings of consent frameworks, passed on with every event. */
export interface Strings {
  tcf?: string;
  gpp?: string;
}

/** What a part of automatic capture may do; it returns how to stop. */
export interface Host {
  track(event: string, props: Props, id?: string): void;
  page(): void;
  /** Runs when the page is hidden or left (`gone`), and when a single-page app shows another page. */
  leaving(what: (gone: boolean) => void): void;
  /** Registers a listener (in the capture phase: the shop's own cannot hide the event) that ends when capture ends. */
  on(target: EventTarget, names: string, what: (event: any) => void): void;
  /** Registers what ends when capture ends. */
  ending(what: () => void): void;
}
