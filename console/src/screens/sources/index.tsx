import { room } from "../../ui/room";

export default room([
  { path: "", load: () => import("./list") },
  { path: "import", load: () => import("./import") },
  { path: "live", load: () => import("./live") },
  { path: "plan", load: () => import("./plan") },
  { path: "quarantine", load: () => import("./quarantine") },
]);
