/** Text that is taken somewhere else: a key, a query, a command. */
import { Button, Code, CopyButton, Group, Text } from "@mantine/core";

import { words } from "./parts.words";
import { useWords } from "./words";

/** The button that copies it. */
export function Copy({ text }: { text: string }) {
  const t = useWords(words);
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy}>
          {copied ? t("copied") : t("copy")}
        </Button>
      )}
    </CopyButton>
  );
}

/** The text below its name and that button. */
export function Snippet({ label, text, height = 320 }: { label: string; text: string; height?: number }) {
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text size="xs" fw={600}>
          {label}
        </Text>
        <Copy text={text} />
      </Group>
      <Code block tabIndex={0} aria-label={label} mah={height} style={{ overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {text}
      </Code>
    </div>
  );
}
