import { Button } from "@mantine/core";

import { Empty, useWords } from "../ui";
import { words } from "./words";

/** A screen threw: the rest of the console goes on. */
export function Crashed({ error }: { error: unknown }) {
  const t = useWords(words);
  console.error(error);
  return (
    <div className="panel" role="alert">
      <Empty why={t("crashed")} hint={t("crashedHint")} action={<Button onClick={() => location.reload()}>{t("reload")}</Button>} />
    </div>
  );
}
