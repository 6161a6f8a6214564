/** Kinds of identifier, strengths and reasons in words; what is not known here is shown as it is. */
import { useWords } from "../../ui";
import { words } from "./kinds.words";

export function useNames(): (code: string) => string {
  const t = useWords(words);
  return (code) => (code in words.en ? t(code as "email") : code);
}
