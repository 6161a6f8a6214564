export { ApiError, address, api, download, raw, saveAs, whenSignedOut } from "./client";
export type { Options, Query } from "./client";
export type { components, paths } from "./types";
export { Guest, ME, type Me, readMe, type Right, useForget, useMay, useMe } from "./me";
