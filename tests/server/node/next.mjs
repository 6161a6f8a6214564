import { AnalyticsBrowser } from "@segment/analytics-next";

window.start = (key, collector) => AnalyticsBrowser.load({ writeKey: key, cdnURL: collector });
