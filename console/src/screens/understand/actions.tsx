/** What can be done with an answer: copy its link, save its tables, pin it, begin anew. */
import { Button, Menu } from "@mantine/core";
import { IconDownload, IconLink, IconPin, IconRotate } from "@tabler/icons-react";

import { saveAs } from "../../api";
import { csv, say, sayError, useWords } from "../../ui";
import { type Answered, type Row, saveFile } from "./asking";
import type { Question } from "./question";
import { words } from "./words";

type ActionsProps = { kind: string; question: Question; answered: Answered | undefined; onPicture: () => void; onPin: () => void; onReset: () => void };

export function Actions({ kind, question, answered, onPicture, onPin, onReset }: ActionsProps) {
  const t = useWords(words);
  const link = async () => {
    try {
      await navigator.clipboard.writeText(window.location.href);
      say(t("copied"));
    } catch {
      say(t("notCopied"));
    }
  };
  const tables = Object.entries(answered?.data ?? {}).filter(([, rows]) => rows.length > 0);
  return (
    <>
      {Object.keys(question).length > 0 && (
        <Button variant="subtle" color="gray" leftSection={<IconRotate size={14} />} onClick={onReset}>
          {t("reset")}
        </Button>
      )}
      <Button variant="default" leftSection={<IconLink size={14} />} onClick={() => void link()}>
        {t("copyLink")}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={14} />} disabled={tables.length === 0}>
            {t("exportAs")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onPicture}>{t("png")}</Menu.Item>
          <Menu.Divider />
          {tables.map(([name, rows]) => (
            <Menu.Item key={name} onClick={() => saveAs(new Blob([tableCsv(rows)], { type: "text/csv;charset=utf-8" }), `${kind}-${name}.csv`)}>
              {t("csvOf", { table: name })}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {tables.map(([name]) => (
            <Menu.Item key={name} onClick={() => void saveFile(kind, question, "parquet", name).catch(sayError)}>
              {t("parquetOf", { table: name })}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button leftSection={<IconPin size={14} />} onClick={onPin}>
        {t("pin")}
      </Button>
    </>
  );
}

/** Every column of a table as CSV; lists are joined by " > ". */
export function tableCsv(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown) =>
    Array.isArray(value) ? value.join(" > ") : value === null || value === undefined ? null : typeof value === "object" ? JSON.stringify(value) : (value as string | number | boolean);
  return csv(names, rows.map((row) => names.map((name) => cell(row[name]))));
}
