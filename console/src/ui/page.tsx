import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

import { Go } from "./go";
import { words } from "./parts.words";
import { savePicture, SavePicture } from "./save";
import { useWords } from "./words";

export type Crumb = { says: ReactNode; to: string };
export type PageProps = {
  title: string;
  /** One line under the title: what this screen answers. */
  says?: ReactNode;
  crumbs?: readonly Crumb[];
  actions?: ReactNode;
  children: ReactNode;
};

/** A screen: its name (also of the browser's tab), the way back, what can be done here. */
export function Page({ title, says, crumbs = [], actions, children }: PageProps) {
  const t = useWords(words);
  useEffect(() => {
    document.title = `${title} · dangol`;
  }, [title]);
  return (
    <>
      {crumbs.length > 0 && (
        <nav className="crumbs" aria-label={t("way")}>
          {crumbs.map((crumb) => (
            <span key={crumb.to}>
              <Go to={crumb.to}>{crumb.says}</Go> ›
            </span>
          ))}
        </nav>
      )}
      <div className="page-head">
        <div>
          <Title order={1}>{title}</Title>
          {says && (
            <Text c="dimmed" size="sm" maw={760}>
              {says}
            </Text>
          )}
        </div>
        {actions && <Group gap={8}>{actions}</Group>}
      </div>
      {children}
    </>
  );
}

export type PanelProps = {
  title?: ReactNode;
  right?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  id?: string;
  /** It is a picture, and can be saved as one: the name of the file. */
  saves?: string | undefined;
};

/** A framed part of a screen. `flush`: its content reaches the frame (tables). */
export function Panel({ title, right, children, flush = false, id, saves }: PanelProps) {
  const place = useRef<HTMLElement>(null);
  return (
    <section className="panel" id={id} ref={place}>
      {(title || right || saves) && (
        <header>
          <h2>{title}</h2>
          {saves ? (
            <Group gap={6} wrap="nowrap">
              {right}
              <SavePicture save={() => savePicture(place.current, saves)} />
            </Group>
          ) : (
            right
          )}
        </header>
      )}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
