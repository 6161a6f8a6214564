/** Every room of the console. A new one: a line here, a folder under `screens`, a name in `words.ts`, its path in `server/console.py`. */
import {
  IconAddressBook,
  IconChartDots3,
  IconFingerprint,
  IconHome2,
  IconLayoutDashboard,
  IconMap2,
  IconPlugConnected,
  IconSettings,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

export type RoomName = "home" | "sources" | "customers" | "identity" | "segments" | "map" | "understand" | "dashboards" | "settings";

export type RoomEntry = {
  name: RoomName;
  path: string;
  /** The letter after `g`. */
  key: string;
  icon: ComponentType<{ size?: number | string }>;
  load: () => Promise<{ default: ComponentType }>;
};

export const rooms: readonly RoomEntry[] = [
  { name: "home", path: "/", key: "h", icon: IconHome2, load: () => import("../screens/home") },
  { name: "sources", path: "/sources", key: "o", icon: IconPlugConnected, load: () => import("../screens/sources") },
  { name: "customers", path: "/customers", key: "c", icon: IconAddressBook, load: () => import("../screens/customers") },
  { name: "identity", path: "/identity", key: "i", icon: IconFingerprint, load: () => import("../screens/identity") },
  { name: "segments", path: "/segments", key: "s", icon: IconUsersGroup, load: () => import("../screens/segments") },
  { name: "map", path: "/map", key: "m", icon: IconMap2, load: () => import("../screens/map") },
  { name: "understand", path: "/understand", key: "u", icon: IconChartDots3, load: () => import("../screens/understand") },
  { name: "dashboards", path: "/dashboards", key: "d", icon: IconLayoutDashboard, load: () => import("../screens/dashboards") },
  { name: "settings", path: "/settings", key: "e", icon: IconSettings, load: () => import("../screens/settings") },
];

/** Without the shell around it: whoever is not signed in sees nothing else. */
export const signIn = { path: "/sign-in", load: () => import("../screens/sign-in") };

/** A dashboard under a link, for people who do not work here. */
export const shared = { path: "/shared", load: () => import("../screens/dashboards/shared") };

/** The room of an address. */
export const roomAt = (path: string): RoomEntry | undefined =>
  rooms.find((room) => (room.path === "/" ? path === "/" : path === room.path || path.startsWith(`${room.path}/`)));
