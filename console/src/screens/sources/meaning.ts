/** Meanings of columns in words, grouped for a list to choose from. */
import { type Say, useWords } from "../../ui";
import { words } from "./meaning.words";

type T = Say<typeof words>;

/** `id:email` as people read it; names of traits and properties stay as they are. */
export function meaningIn(t: T, meaning: string): string {
  const [what = "", name = ""] = splitOnce(meaning);
  if (meaning === "") return t("left");
  if (what === "id") return t(`id_${name}` as "id_email");
  if (what === "person") return t(`p_${name}` as "p_name");
  if (what === "consent") return t(`c_${name}` as "c_email");
  if (what === "trait") return name ? `${t("trait")}: ${name}` : t("trait");
  if (what === "property") return t("property");
  if (what === "drop" || what === "test" || what === "join") return t(what);
  if (what.startsWith("undone")) return t("other");
  return t(`x_${what}` as "x_at");
}

const splitOnce = (text: string): string[] => {
  const at = text.indexOf(":");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

export function useMeanings() {
  const t = useWords(words);
  return {
    say: (meaning: string) => meaningIn(t, meaning),
    groups: (meanings: readonly string[], now: string) => {
      const who = meanings.filter((m) => /^(id|person):/.test(m));
      const more = meanings.filter((m) => /^(consent:|trait$|property$|drop$)/.test(m));
      const what = meanings.filter((m) => !who.includes(m) && !more.includes(m));
      const items = (some: readonly string[]) => some.map((value) => ({ value, label: meaningIn(t, value) }));
      const rest = items(more);
      const known = new Set([...meanings, ""]);
      return [
        { group: t("g_what"), items: items(what) },
        { group: t("g_who"), items: items(who) },
        { group: t("g_more"), items: [...rest, { value: "-", label: t("left") }, ...(known.has(now) ? [] : [{ value: now, label: meaningIn(t, now) }])] },
      ].filter((g) => g.items.length);
    },
  };
}
