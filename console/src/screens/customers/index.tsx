import { room } from "../../ui";

export default room([
  { path: "", load: () => import("./list") },
  { path: ":customer", load: () => import("./profile") },
]);
