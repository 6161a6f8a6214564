/** What can be done with an answer: copy its link, save its tables, pin it, begin anew. */
import { Button, Menu } from "@mantine/core";
import { IconDownload, IconLink, IconPin, IconRotate } from "@tabler/icons-react";
import { Fragment } from "react";

import { useMay } from "../../api";
import { say, sayError, useWords } from "../../ui";
import { type Answered, saveFile } from "./asking";
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
  const may = useMay();
  const filled = Object.entries(answered?.data ?? {}).filter(([, rows]) => rows.length > 0).map(([name]) => name);
  const tables = may("export") ? filled : []; // the server writes them, and writes down who took them
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
          <Button variant="default" leftSection={<IconDownload size={14} />} disabled={filled.length === 0}>
            {t("exportAs")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onPicture}>{t("png")}</Menu.Item>
          {(["csv", "parquet"] as const).map((format) => (
            <Fragment key={format}>
              {tables.length > 0 && <Menu.Divider />}
              {tables.map((name) => (
                <Menu.Item key={name} onClick={() => void saveFile(kind, question, format, name).catch(sayError)}>
                  {t(`${format}Of`, { table: name })}
                </Menu.Item>
              ))}
            </Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
      {may("define") && (
        <Button leftSection={<IconPin size={14} />} onClick={onPin}>
          {t("pin")}
        </Button>
      )}
    </>
  );
}
