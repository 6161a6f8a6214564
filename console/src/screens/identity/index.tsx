import { room } from "../../ui/room";

export default room([
  { path: "", load: () => import("./overview") },
  { path: "rules", load: () => import("./rules") },
  { path: "graph/:customer", load: () => import("./graph") },
]);
