/** Where files are dropped, or chosen by click and keyboard. */
import { Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";

import { useWords } from "../../ui";
import { words } from "./import.words";
import css from "./sources.module.css";

const KINDS = ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.xlsx,.xlsm,.xls,.html,.htm,.gz,.zst,.zstd";

export function Drop({ add, small }: { add: (files: readonly File[]) => void; small: boolean }) {
  const t = useWords(words);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drag = (event: DragEvent, inside: boolean) => {
    event.preventDefault();
    setOver(inside);
  };
  return (
    <>
      <button
        type="button"
        className={css.drop}
        data-over={over ? "" : undefined}
        style={small ? { minHeight: 56 } : undefined}
        onClick={() => input.current?.click()}
        onDragOver={(e) => drag(e, true)}
        onDragLeave={(e) => drag(e, false)}
        onDrop={(e) => {
          drag(e, false);
          add([...e.dataTransfer.files]);
        }}
      >
        {!small && <IconUpload size={26} aria-hidden="true" />}
        <Text fw={600} component="span">
          {over ? t("over") : t("drop")}
        </Text>
        {!small && (
          <Text size="sm" c="dimmed" component="span">
            {t("dropSays")}
          </Text>
        )}
      </button>
      <input
        ref={input}
        id="files"
        type="file"
        multiple
        hidden
        accept={KINDS}
        aria-label={t("drop")}
        onChange={(e) => {
          add([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = "";
        }}
      />
    </>
  );
}
