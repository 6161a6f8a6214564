import type { Words } from "../../../ui/words";
import { words as shop } from "./shop.words";
import { words as ways } from "./ways.words";

/** Everything that pictures say. */
export const words = { en: { ...ways.en, ...shop.en }, ko: { ...ways.ko, ...shop.ko } } satisfies Words;
