import { Empty, Page, usePath, useWords } from "../ui";
import { roomAt } from "./rooms";
import { words } from "./words";

/** Stands where a room will be, and says so. */
export default function Building() {
  const t = useWords(words);
  const room = roomAt(usePath());
  return (
    <Page title={t(room?.name ?? "signIn")}>
      <div className="panel">
        <Empty why={t("building")} hint={t("buildingHint")} />
      </div>
    </Page>
  );
}
