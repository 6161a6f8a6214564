/** The questions as sentences a marketer asks, with a search over them. */
import { TextInput } from "@mantine/core";
import { useDeferredValue } from "react";

import { Go } from "../../ui/go";
import { Page } from "../../ui/page";
import { Empty } from "../../ui/states";
import { useView } from "../../ui/view";
import { useWords } from "../../ui/words";
import { fits, GROUPS, type Group, type Kind, pathOf } from "./kinds";
import styles from "./understand.module.css";
import { words } from "./words";

export default function Overview() {
  const t = useWords(words);
  const [view, setView] = useView();
  const text = useDeferredValue(view["find"] ?? "");
  const wanted = (kind: Kind) => fits(text, t(kind), t(`${kind}_ask`), t(`${kind}_find`));
  const groups = (Object.keys(GROUPS) as Group[])
    .map((group) => ({ group, kinds: (GROUPS[group] as readonly Kind[]).filter(wanted) }))
    .filter((one) => one.kinds.length > 0);
  return (
    <Page title={t("room")} says={t("lead")}>
      <TextInput
        type="search"
        data-search
        aria-label={t("search")}
        placeholder={t("search")}
        value={view["find"] ?? ""}
        onChange={(event) => setView({ find: event.currentTarget.value }, { replace: true })}
        className={styles["find"]}
      />
      {groups.length === 0 ? (
        <Empty why={t("none", { text: view["find"] ?? "" })} hint={t("noneHint")} />
      ) : (
        <div className={styles["groups"]}>
          {groups.map(({ group, kinds }) => (
            <section key={group} aria-labelledby={`group-${group}`}>
              <h2 id={`group-${group}`} className={styles["group"]}>
                {t(`group_${group}`)}
              </h2>
              <ul className={styles["questions"]}>
                {kinds.map((kind) => (
                  <li key={kind}>
                    <Go to={pathOf(kind)} className={styles["question"] ?? ""}>
                      <span className={styles["ask"]}>{t(`${kind}_ask`)}</span>
                      <span className={styles["name"]}>{t(kind)}</span>
                    </Go>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
    </Page>
  );
}
