import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";

import { NotHere } from "../ui";
import { readSearch, writeSearch } from "../ui/view";
import { Crashed } from "./crashed";
import { rooms, shared, signIn } from "./rooms";
import { Shell } from "./shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotHere });
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

// `$` also stands for nothing: one route is the room and everything in it.
const below = (path: string) => (path === "/" ? path : `${path}/$`);
const inside = rooms.map(({ path, load }) => createRoute({ getParentRoute: () => shell, path: below(path), component: lazyRouteComponent(load) }));
const outside = [signIn, shared].map(({ path, load }) => createRoute({ getParentRoute: () => root, path: below(path), component: lazyRouteComponent(load) }));

export const router = createRouter({
  routeTree: root.addChildren([shell.addChildren(inside), ...outside]),
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  defaultErrorComponent: Crashed,
  defaultPreload: "intent",
  scrollRestoration: true,
});
