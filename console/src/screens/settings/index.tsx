import { room } from "../../ui";

export default room([
  { path: "", load: () => import("./account") },
  { path: "account", load: () => import("./account") },
  { path: "people", load: () => import("./people") },
  { path: "keys", load: () => import("./keys") },
  { path: "shop", load: () => import("./shop") },
  { path: "backups", load: () => import("./backups") },
  { path: "audit", load: () => import("./audit") },
]);
