import { room } from "../../ui/room";

export default room([
  { path: "", load: () => import("./overview") },
  { path: "replays", load: () => import("./replays/list") },
  { path: "replays/:session", load: () => import("./replays/one") },
  { path: ":kind", load: () => import("./asked") },
]);
