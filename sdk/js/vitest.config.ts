import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { VERSION: JSON.stringify("0.0.0-test") },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["test/unit/*.test.ts"], environment: "happy-dom", testTimeout: 30_000 } },
      {
        extends: true,
        // a real Chromium on dist/: build first
        test: { name: "browser", include: ["test/browser/*.test.ts"], environment: "node", fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 },
      },
    ],
  },
});
