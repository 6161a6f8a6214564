// One face for the two server SDKs: send(type, message, done) and close().
import { createRequire } from "node:module";
import { Analytics } from "@segment/analytics-node";

const Rudder = createRequire(import.meta.url)("@rudderstack/rudder-sdk-node");

export const client = ({ sdk, url, key }, failed) => {
  if (sdk == "segment-node") {
    const made = new Analytics({ writeKey: key, host: url, maxRetries: 10, flushAt: 15, flushInterval: 200, httpRequestTimeout: 10_000 });
    made.on("error", (error) => failed.push(String(error.reason?.message || error.reason || error.code)));
    return {
      send: (type, message, done = () => {}) => made[type](message, (error) => done(error)),
      close: () => made.closeAndFlush({ timeout: 60_000 }),
    };
  }
  const made = new Rudder(key, {
    dataPlaneUrl: url,
    flushAt: 20,
    flushInterval: 200,
    logLevel: "error",
    retryCount: 10,
    errorHandler: (error) => failed.push(String(error.response?.status || error.code || error.message)),
  });
  return {
    send: (type, message, done = () => {}) => made[type](message, (error) => done(error)),
    close: () => new Promise((resolve) => made.flush(() => resolve())),
  };
};
