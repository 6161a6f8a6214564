import { room } from "../../ui";

export default room([
  { path: "", load: () => import("./list") },
  { path: ":name", load: () => import("./board") },
]);
