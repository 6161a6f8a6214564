/** Keys: what a screen listens for while it is shown, and the list of all of them. Never while typing or composing Hangul. */
import { useEffect, useRef, useSyncExternalStore } from "react";

export type Key = { key: string; says: string; run: () => void };

type Layer = { keys: () => readonly Key[] };

const layers: Layer[] = [];
const watching = new Set<() => void>();
let listed: readonly Key[] = [];
const tell = () => {
  const seen = new Map<string, Key>();
  for (const layer of layers.toReversed()) for (const key of layer.keys()) if (!seen.has(key.key)) seen.set(key.key, key);
  listed = [...seen.values()];
  for (const each of watching) each();
};

export function isTyping(event: KeyboardEvent): boolean {
  if (event.isComposing || event.keyCode === 229) return true;
  const at = event.target as HTMLElement | null;
  return Boolean(at?.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true], .cm-editor"));
}

const QUICK = 900;
let before: { key: string; at: number } | null = null;

/**
 * Whether something lay over the screen when the key went down: it has the key, and may be gone by the time we hear of it.
 * Listened for from the start, so before anything that opens later hears of the key.
 */
let covered = false;
const OVER = "[role=dialog], [data-portal] [role=menu], [data-portal] [role=listbox]";
globalThis.addEventListener?.(
  "keydown",
  () => {
    covered = [...document.querySelectorAll(OVER)].some((one) => one.checkVisibility());
  },
  true,
);

/** `g h` is two keys in a row; anything else is one. The innermost screen that knows the key has it. */
function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return;
  if (covered) return;
  const letter = event.key.length === 1 ? letterOf(event) : event.key;
  const chain = before && event.timeStamp - before.at < QUICK ? `${before.key} ${letter}` : "";
  const known = listed.find((key) => key.key === chain) ?? listed.find((key) => key.key === letter);
  before = known ? null : { key: letter, at: event.timeStamp };
  if (known) {
    event.preventDefault();
    known.run();
  }
}

/** The Latin letter of a key even while the keyboard writes Hangul: the same key opens the same room. */
function letterOf(event: KeyboardEvent): string {
  const hangul = /[ㄱ-ㆎ가-힣]/.test(event.key);
  return hangul && event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

/** Listen while this component is shown. Inner components come before outer ones. */
export function useKeys(keys: readonly Key[]): void {
  const now = useRef(keys);
  now.current = keys;
  const names = keys.map((key) => `${key.key}=${key.says}`).join("\n");
  useEffect(() => {
    const layer: Layer = { keys: () => now.current.map((key) => ({ ...key, run: () => now.current.find((k) => k.key === key.key)?.run() })) };
    layers.push(layer);
    if (layers.length === 1) document.addEventListener("keydown", pressed);
    tell();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) document.removeEventListener("keydown", pressed);
      tell();
    };
  }, [names]);
}

/** Every key that does something now. */
export function useKeyList(): readonly Key[] {
  return useSyncExternalStore(
    (changed) => {
      watching.add(changed);
      return () => watching.delete(changed);
    },
    () => listed,
  );
}
