/** Cmd/Ctrl-K: rooms and segments by name, customers by anything that points at them (asked in a POST, never in an address). */
import { Combobox, Loader, Modal, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api } from "../api";
import { useGo, useLang, useWords } from "../ui";
import { rooms } from "./rooms";
import { words } from "./words";

type Found = { customers: { customer: string; customer_id: number; hint?: string }[] };
type Segment = { segment: string; says: string };

export function Palette({ opened, close }: { opened: boolean; close: () => void }) {
  const t = useWords(words);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("palette")}
      withCloseButton={false}
      yOffset="12vh"
      centered={false}
      padding={8}
      size="lg"
      styles={{ header: { display: "none" } }}
    >
      {opened && <Search close={close} />}
    </Modal>
  );
}

function Search({ close }: { close: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const go = useGo();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 200);
  const combobox = useCombobox({ opened: true });
  const found = useQuery({
    queryKey: ["palette", asked],
    queryFn: ({ signal }) => api.post<Found>("/v1/customers/find", { value: asked, limit: 8 }, { signal }),
    enabled: asked.length > 1,
    gcTime: 0,
    placeholderData: undefined,
  });
  const segments = useQuery({
    queryKey: ["segments", "palette", lang],
    queryFn: ({ signal }) => api.get<Segment[] | { segments: Segment[] }>("/v1/segments", { lang }, signal),
    staleTime: 60_000,
  });
  const has = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
  const listed = Array.isArray(segments.data) ? segments.data : (segments.data?.segments ?? []);
  const places = rooms.filter((room) => !text || has(t(room.name)) || has(room.name));
  const sets = text.trim() ? listed.filter((s) => has(s.segment) || has(s.says)).slice(0, 6) : [];
  const people = asked.length > 1 ? (found.data?.customers ?? []) : [];
  useEffect(() => {
    combobox.selectFirstOption();
  }, [text, people.length, sets.length]);
  const open = (to: string) => {
    close();
    go(to);
  };
  return (
    <Combobox store={combobox} onOptionSubmit={open} withinPortal={false}>
      <Combobox.EventsTarget>
        <TextInput
          size="md"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && !event.nativeEvent.isComposing && close()}
          placeholder={t("findHint")}
          aria-label={t("palette")}
          rightSection={found.isFetching ? <Loader size={14} /> : null}
          autoComplete="off"
          data-autofocus
        />
      </Combobox.EventsTarget>
      {!people.length && !sets.length && !places.length && <Combobox.Empty role="status">{t("nobody")}</Combobox.Empty>}
      <Combobox.Options mah={420} style={{ overflowY: "auto" }} pt={6} aria-label={t("palette")} hidden={!people.length && !sets.length && !places.length}>
        {people.length > 0 && (
          <Combobox.Group label={t("found")}>
            {people.map((one) => (
              <Combobox.Option key={one.customer} value={`/customers/${one.customer}`}>
                {one.customer} {one.hint && <Text span c="dimmed">{one.hint}</Text>}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        )}
        {sets.length > 0 && (
          <Combobox.Group label={t("foundSegments")}>
            {sets.map((one) => (
              <Combobox.Option key={one.segment} value={`/segments/${one.segment}`}>
                {one.says} <Text span c="dimmed" size="xs">{one.segment}</Text>
              </Combobox.Option>
            ))}
          </Combobox.Group>
        )}
        {places.length > 0 && (
          <Combobox.Group label={t("go")}>
            {places.map((room) => (
              <Combobox.Option key={room.name} value={room.path}>
                {t(room.name)}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        )}
      </Combobox.Options>
    </Combobox>
  );
}
