// Compares dist/ with what the server serves (src/dangol/server/browser, committed); `--write` puts it there.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const served = join(root, "../../src/dangol/server/browser");
const made = new Map(["dangol.js", "dangol-replay.js", "snippet.js"].map((name) => [name, readFileSync(join(root, "dist", name))]));

// what they were built from: pytest compares it, so that a change that was not built is seen without Node
const hash = createHash("sha256");
const sources = readdirSync(join(root, "src")).sort().map((name) => join("src", name));
for (const name of [...sources, "tools/build.mjs", "package-lock.json", "package.json"]) hash.update(name.replaceAll("\\", "/") + "\0").update(readFileSync(join(root, name))).update("\0");
made.set("sources.sha256", Buffer.from(hash.digest("hex") + "\n"));

if (process.argv.includes("--write")) {
  mkdirSync(served, { recursive: true });
  for (const [name, bytes] of made) writeFileSync(join(served, name), bytes);
} else {
  const read = (name) => {
    try {
      return readFileSync(join(served, name));
    } catch {
      return Buffer.alloc(0);
    }
  };
  const old = [...made].filter(([name, bytes]) => !bytes.equals(read(name))).map(([name]) => name);
  if (old.length) console.error(`src/dangol/server/browser is not what this builds (${old.join(", ")}): scripts/js run serve, and commit it`);
  process.exit(old.length ? 1 : 0);
}
