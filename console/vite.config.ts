import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env["DANGOL_API"] ?? "http://127.0.0.1:8700";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: process.env["DANGOL_CONSOLE_OUT"] ?? "../src/dangol/server/console",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 2048,
    manifest: "manifest.json",
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    strictPort: true,
    // The server believes only requests whose Origin is its own; in development that is this proxy's.
    proxy: {
      "/v1": { target: api, changeOrigin: true, headers: { origin: api } },
      "/sdk": { target: api, changeOrigin: true },
    },
  },
  test: { environment: "happy-dom", testTimeout: 20_000, include: ["test/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"] },
});
