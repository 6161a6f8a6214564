/** The picture of each kind of question, loaded when it is first shown. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

import type { Kind } from "../kinds";
import type { PictureProps } from "./kit";

type Lazy = LazyExoticComponent<ComponentType<PictureProps>>;

export const PICTURES: Record<Exclude<Kind, "replays">, Lazy> = {
  trends: lazy(() => import("./trends")),
  funnel: lazy(() => import("./funnel")),
  paths: lazy(() => import("./paths")),
  retention: lazy(() => import("./retention")),
  flows: lazy(() => import("./flows")),
  entry: lazy(() => import("./entry")),
  affinity: lazy(() => import("./affinity")),
  channels: lazy(() => import("./channels")),
  timing: lazy(() => import("./timing")),
  attribution: lazy(() => import("./attribution")),
  campaigns: lazy(() => import("./campaigns")),
  clicks: lazy(() => import("./clicks")),
};
