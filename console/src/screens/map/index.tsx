import { room } from "../../ui";

export default room([{ path: "", load: () => import("./map") }]);
