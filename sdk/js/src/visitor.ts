/** Who is here: the first-party cookie, the known user, the session with what brought it. */

import * as storage from "./storage.ts";
import { scrub, uuid } from "./text.ts";
import type { Props } from "./types.ts";

const COOKIE = "dg_id";
const IDLE = 30 * 60_000;

interface Session {
  id: number;
  last: number;
  campaign?: Props;
  referrer?: Props;
}

export interface Visitor {
  anonymousId(): string;
  userId(): string | undefined;
  /** Another known user on this browser gets another anonymous id: two people never share one. */
  become(userId: string): void;
  /** Sign-out: the next visitor of this browser is somebody else. */
  reset(): void;
  /** Session fields of an event at `now` (milliseconds); 30 quiet minutes begin another. */
  session(now: number): Props;
}

/** UTM parameters of an address, in Segment's names; undefined when it has none. */
export const campaignOf = (search: string): Props | undefined => {
  let found: Props | undefined;
  for (const [name, value] of new URLSearchParams(search))
    if (/^utm_/i.test(name) && value) {
      const short = name.slice(4).toLowerCase();
      (found ||= {})[short == "campaign" ? "name" : short] = value;
    }
  return found;
};

/** Where the visitor came from, unless from this shop. */
const referrerOf = (from: string): Props | undefined => {
  const site = from.split("/")[2];
  return site && site != location.host ? { url: scrub(from), host: site } : undefined;
};

/** Leaves nothing behind but the answer itself. */
export const forget = (): void => {
  storage.setCookie(COOKIE, "");
  for (const name of storage.names("dangol.")) if (name != "dangol.consent") storage.write(name);
};

/** @param renew asks the server to set the cookie, too: what a server sets outlives what a script sets. */
export const createVisitor = (renew?: (anonymousId: string, domain?: string) => void): Visitor => {
  let id = storage.cookie(COOKIE) || storage.read("dangol.id") || uuid();
  let user: string | undefined = storage.read("dangol.user");
  let session: Session | undefined = storage.read("dangol.session");
  let written = 0;
  const keep = (anew?: unknown) => {
    // the server's cookie is not written over, but once a session to be set anew
    if (!renew || anew || storage.cookie(COOKIE) != id) {
      const domain = storage.setCookie(COOKIE, id);
      renew?.(id, domain);
    }
    storage.write("dangol.id", id);
    storage.write("dangol.user", user);
  };
  const reset = () => {
    id = uuid();
    user = session = undefined;
    keep();
  };
  keep(!session || Date.now() - session.last > IDLE);
  return {
    anonymousId: () => id,
    userId: () => user,
    become: (userId) => {
      if (user && user != userId) reset();
      user = userId;
      keep();
    },
    reset,
    session: (now) => {
      // a second tab keeps the session alive, too
      if (session && now - session.last > IDLE) session = storage.read("dangol.session");
      const begins = !session || now - session.last > IDLE;
      const campaign = campaignOf(location.search);
      const current: Session = begins ? { id: now, last: now } : session!;
      if (begins) current.referrer = referrerOf(document.referrer);
      if (campaign) current.campaign = campaign;
      current.last = now;
      session = current;
      if (begins || now - written > 5000) {
        storage.write("dangol.session", current);
        written = now;
      }
      // what is undefined is left out of the JSON
      return { sessionId: current.id, sessionStart: begins || undefined, campaign: current.campaign, referrer: current.referrer };
    },
  };
};
