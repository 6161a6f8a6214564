/** A room's screens: patterns under the room's own path, each loaded when it is first shown. */
import { useParams } from "@tanstack/react-router";
import { type ComponentType, createContext, lazy, Suspense, useContext, useMemo } from "react";

import { NotHere, Waiting } from "./states";

export type Screen = { path: string; load: () => Promise<{ default: ComponentType }> };
export type Params = Readonly<Record<string, string>>;

const Found = createContext<Params>({});

/** What the pattern's `:names` stand for in the address. */
export const usePlace = (): Params => useContext(Found);

export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? "";
    if (part.startsWith(":")) found[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return found;
}

/**
 * `export default room([{ path: "", load: () => import("./list") }, { path: ":customer", load: () => import("./profile") }])`.
 * The first pattern that fits is shown.
 */
export function room(screens: readonly Screen[]): ComponentType {
  const ready = screens.map((screen) => ({ path: screen.path, Shown: lazy(screen.load) }));
  return function Room() {
    const { _splat: rest = "" } = useParams({ strict: false }) as { _splat?: string };
    const found = useMemo(() => {
      for (const { path, Shown } of ready) {
        const params = match(path, rest);
        if (params) return { params, Shown };
      }
      return null;
    }, [rest]);
    if (!found) return <NotHere />;
    return (
      <Found.Provider value={found.params}>
        <Suspense fallback={<Waiting height={320} />}>
          <found.Shown key={JSON.stringify(found.params)} />
        </Suspense>
      </Found.Provider>
    );
  };
}
