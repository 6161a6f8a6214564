import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

window.start = (key, collector) => {
  const made = new RudderAnalytics();
  made.load(key, collector, { configUrl: collector, logLevel: "ERROR" });
  return made;
};
