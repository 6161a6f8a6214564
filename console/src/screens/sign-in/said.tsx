import { Text } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./sign-in.module.css";

/** What this form is for. */
export function Said({ title, says }: { title: string; says?: ReactNode }) {
  return (
    <div>
      <h1 className={classes.title}>{title}</h1>
      {says && (
        <Text size="sm" c="dimmed">
          {says}
        </Text>
      )}
    </div>
  );
}
