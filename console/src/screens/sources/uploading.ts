/** Files between the drop and the import: sent, looked at, their mappings edited. */
import { useCallback, useRef, useState } from "react";

import { api } from "../../api";
import { type Looked, upload } from "./api";

export type Item = {
  key: number;
  file: File;
  sent: number;
  /** The server's name for it, once it is there whole. */
  upload: string;
  looked: Looked | null;
  /** A person changed the mapping. */
  edited: boolean;
  error: unknown;
};

export type Wanted = {
  mapping?: unknown;
  yaml?: string;
  preset?: string;
  change?: { column: string; meaning: string; kind?: string }[];
  password?: string;
};

let made = 0;

export function useFiles() {
  const [items, setItems] = useState<readonly Item[]>([]);
  const [chosenKey, setChosen] = useState<number | null>(null);
  const stops = useRef(new Map<number, AbortController>());

  const put = useCallback((key: number, patch: Partial<Item>) => {
    setItems((before) => before.map((item) => (item.key === key ? { ...item, ...patch } : item)));
  }, []);

  const look = useCallback(
    async (item: Pick<Item, "key" | "upload">, wanted: Wanted = {}) => {
      const { password, ...how } = wanted;
      try {
        const looked = await api.post<Looked>(`/v1/uploads/${item.upload}/look`, password === undefined ? how : { ...how, password });
        put(item.key, { looked, error: null, ...(Object.keys(how).length ? { edited: true } : {}) });
        setChosen((before) => before ?? item.key);
      } catch (error) {
        put(item.key, { error });
      }
    },
    [put],
  );

  const send = useCallback(
    async (item: Item) => {
      const stop = new AbortController();
      stops.current.set(item.key, stop);
      try {
        const there = await upload(item.file, (sent) => put(item.key, { sent }), stop.signal);
        put(item.key, { upload: there.upload, sent: item.file.size });
        await look({ key: item.key, upload: there.upload });
      } catch (error) {
        if (!stop.signal.aborted) put(item.key, { error });
      }
    },
    [look, put],
  );

  const add = useCallback(
    (files: readonly File[]) => {
      const fresh = files.map((file): Item => ({ key: ++made, file, sent: 0, upload: "", looked: null, edited: false, error: null }));
      setItems((before) => [...before, ...fresh]);
      // one after the other: the server writes each of them to its disk
      void fresh.reduce<Promise<void>>((before, item) => before.then(() => send(item)), Promise.resolve());
    },
    [send],
  );

  const remove = (item: Item) => {
    stops.current.get(item.key)?.abort();
    if (item.upload) void api.del(`/v1/uploads/${item.upload}`);
    setItems((before) => before.filter((one) => one.key !== item.key));
    setChosen((before) => (before === item.key ? null : before));
  };

  const ready = items.filter((item) => item.looked !== null);
  return {
    items,
    ready,
    busy: items.some((item) => !item.upload && !item.error),
    chosen: items.find((item) => item.key === chosenKey && item.looked) ?? null,
    choose: setChosen,
    add,
    remove,
    look,
    change: look,
    retry: (item: Item) => {
      put(item.key, { error: null, sent: 0 });
      void send(item);
    },
    clear: () => {
      setItems([]);
      setChosen(null);
    },
  };
}
