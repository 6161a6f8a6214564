import { Link } from "@tanstack/react-router";
import { type CSSProperties, type ReactNode, useContext } from "react";

import { Guest } from "../api/me";
import { type Patch, readSearch, writeSearch } from "./view";

export type GoProps = {
  to: string;
  view?: Patch;
  children: ReactNode;
  className?: string;
  style?: CSSProperties;
  title?: string;
  "aria-label"?: string;
  "aria-current"?: "page" | undefined;
  onClick?: () => void;
};

/** A link within the console: `<Go to="/customers/C12">`; `view` are the parameters of the address. Only its words for a guest. */
export function Go({ to, view = {}, ...rest }: GoProps) {
  const guest = useContext(Guest);
  const [path = "/", asked = ""] = to.split("?");
  if (guest) return <>{rest.children}</>;
  const search = { ...readSearch(asked), ...readSearch(writeSearch(view)) };
  return <Link to={path as never} search={search as never} activeOptions={{ exact: true, includeSearch: true }} {...rest} />;
}
