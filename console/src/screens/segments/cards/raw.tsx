/** What the builder cannot draw, as it is written. */
import { Code, Text } from "@mantine/core";

import { useWords } from "../../../ui";
import { words } from "../builder.words";
import type { Json } from "../tree";
import { yaml } from "../yaml";

export function Raw({ body }: { body: Json }) {
  const t = useWords(words);
  return (
    <div>
      <Text size="xs" c="dimmed">
        {t("rawSays")}
      </Text>
      <Code block tabIndex={0}>
        {yaml(body)}
      </Code>
    </div>
  );
}
