import { room } from "../../ui";

export default room([
  { path: "", load: () => import("./list") },
  { path: "new", load: () => import("./editor") },
  { path: ":segment", load: () => import("./editor") },
]);
