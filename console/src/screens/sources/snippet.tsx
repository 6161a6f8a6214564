import { Button, Code, CopyButton, Group, Text } from "@mantine/core";

import { useWords } from "../../ui";
import { words } from "./forms.words";

/** Text to paste somewhere, with a button that copies it. */
export function Snippet({ label, text }: { label: string; text: string }) {
  const t = useWords(words);
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? t("copied") : t("copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
    </div>
  );
}
