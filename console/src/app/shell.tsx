/** The rail of rooms, the bar on top, and the screen between them. */
import { ActionIcon, Drawer, Menu, Text, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLanguage, IconMenu2, IconMoon, IconSearch, IconSun, IconSunMoon, IconUserCircle } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { api, useForget, useMe } from "../api";
import { ErrorBox, Go, setLang, useGo, useKeys, useLang, usePath, useWords, Waiting } from "../ui";
import { Fresh } from "./fresh";
import { KeyList } from "./keylist";
import { Palette } from "./palette";
import { roomAt, rooms } from "./rooms";
import { words } from "./words";

export function Shell() {
  const t = useWords(words);
  const go = useGo();
  const path = usePath();
  const me = useMe();
  const [drawer, { open, close }] = useDisclosure(false);
  const [palette, setPalette] = useState(false);
  const [list, setList] = useState(false);
  useEffect(close, [path, close]);
  useKeys([
    { key: "?", says: t("keysList"), run: () => setList(true) },
    { key: "Escape", says: t("close"), run: () => back(path, go) },
    ...rooms.map((room) => ({ key: `g ${room.key}`, says: t("goTo", { room: t(room.name) }), run: () => go(room.path) })),
  ]);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.code === "KeyK" && !event.isComposing) {
        event.preventDefault();
        setPalette(true);
      }
    };
    document.addEventListener("keydown", open);
    return () => document.removeEventListener("keydown", open);
  }, []);
  return (
    <div className="shell">
      <a className="skip" href="#screen">
        {t("skip")}
      </a>
      <aside className="rail">
        <Rooms path={path} shop={me.data?.shop ?? ""} />
      </aside>
      <Drawer opened={drawer} onClose={close} size={240} title={t("menu")} closeButtonProps={{ "aria-label": t("close") }}>
        <Rooms path={path} shop={me.data?.shop ?? ""} />
      </Drawer>
      <header className="top">
        <ActionIcon hiddenFrom="md" aria-label={t("menu")} onClick={open} className="burger">
          <IconMenu2 size={18} />
        </ActionIcon>
        <button type="button" className="finder" onClick={() => setPalette(true)}>
          <IconSearch size={14} />
          <Text size="sm" flex={1} truncate>
            {t("find")}
          </Text>
          <kbd>{isMac ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <span style={{ flex: 1 }} />
        {me.data && <Fresh />}
        <Corner />
      </header>
      <main className="screen" id="screen" tabIndex={-1}>
        {me.data ? <Outlet /> : me.error ? <ErrorBox error={me.error} retry={me.refetch} height={320} /> : <Waiting height={320} />}
      </main>
      <Palette opened={palette} close={() => setPalette(false)} />
      <KeyList opened={list} close={() => setList(false)} />
    </div>
  );
}

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);

/** One level up: from a customer to the customers, from a room to the start. */
function back(path: string, go: (to: string) => void) {
  if (path === "/") return;
  go(path.slice(0, path.lastIndexOf("/")) || "/");
}

function Rooms({ path, shop }: { path: string; shop: string }) {
  const t = useWords(words);
  const here = roomAt(path);
  return (
    <nav aria-label={t("rooms")}>
      <Go to="/" className="brand">
        <img src="/icon.svg" width={22} height={22} alt="" />
        <Text fw={650} size="sm" truncate title={shop}>
          {shop || "dangol"}
        </Text>
      </Go>
      {rooms.map((room) => (
        <Go key={room.name} to={room.path} className="rail-link" aria-current={room === here ? "page" : undefined}>
          <room.icon size={16} />
          {t(room.name)}
        </Go>
      ))}
    </nav>
  );
}

function Corner() {
  const t = useWords(words);
  const lang = useLang();
  const go = useGo();
  const me = useMe().data;
  const forget = useForget();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const looks = [
    { value: "light", says: t("themeLight"), icon: IconSun },
    { value: "dark", says: t("themeDark"), icon: IconMoon },
    { value: "auto", says: t("themeAuto"), icon: IconSunMoon },
  ] as const;
  const Look = looks.find((look) => look.value === colorScheme)?.icon ?? IconSunMoon;
  const leave = async () => {
    await api.post("/v1/sign-out").catch(() => undefined);
    forget();
    go("/sign-in");
  };
  return (
    <>
      <Tooltip label={t("lang")}>
        <ActionIcon aria-label={t("lang")} onClick={() => setLang(lang === "ko" ? "en" : "ko")}>
          <IconLanguage size={17} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t("theme")}>
            <Look size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {looks.map((look) => (
            <Menu.Item key={look.value} leftSection={<look.icon size={15} />} onClick={() => setColorScheme(look.value)}>
              {look.says}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {me && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={t("account")}>
              <IconUserCircle size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{me.person.name || me.person.email || me.role}</Menu.Label>
            <Menu.Item onClick={() => go("/settings/account")}>{t("account")}</Menu.Item>
            <Menu.Item onClick={() => void leave()}>{t("signOut")}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
