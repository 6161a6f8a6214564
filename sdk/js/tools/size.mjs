// Prints what a visitor downloads, and fails when the core has outgrown its budget.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const BUDGET = { "dangol.js": 6 * 1024, "dangol-replay.js": 40 * 1024, "snippet.js": 512 };
let over = false;
for (const [name, budget] of Object.entries(BUDGET)) {
  const file = readFileSync(join(dist, name));
  const gzip = gzipSync(file, { level: 9 }).length;
  const brotli = brotliCompressSync(file).length;
  const fits = gzip <= budget;
  over ||= !fits;
  console.log(`${name}: ${file.length} bytes, gzip ${gzip} of ${budget}${fits ? "" : " OVER"}, brotli ${brotli}`);
}
process.exit(over ? 1 : 0);
