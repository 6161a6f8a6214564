// Builds dist/: the core, the recorder, and the snippet for a page's head. `--out DIR` writes elsewhere.
import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { minify } from "terser";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist") } } });
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const common = {
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2021"],
  charset: "ascii",
  legalComments: "none",
  tsconfigRaw: {},
  // names that stay inside: never on the wire, in storage, or in a shop's hands
  mangleProps: /^(leaving|ending|allows|answer|refresh|become|clear|leave)$/,
  define: { VERSION: JSON.stringify(version) },
  absWorkingDir: root,
};
const NOTICE = "/*! Contains rrweb, MIT License, Copyright (c) 2018 rrweb contributors and SmartX Inc. */";
mkdirSync(values.out, { recursive: true });
const core = await build({ ...common, entryPoints: ["src/index.ts"], write: false });
// a second pass over the core alone: 4 % of a budget that is counted in bytes
const again = await minify(core.outputFiles[0].text, { compress: { passes: 3, ecma: 2020 }, mangle: true, format: { ascii_only: true } });
writeFileSync(join(values.out, "dangol.js"), again.code + "\n");
await build({ ...common, entryPoints: ["src/replay.ts"], outfile: join(values.out, "dangol-replay.js"), banner: { js: NOTICE } });

const shop = readFileSync(join(root, "src/shop.ts"), "utf8").matchAll(/^ {2}(\w+): "/gm);
const made = await build({ ...common, entryPoints: ["src/snippet.ts"], write: false });
const text = made.outputFiles[0].text.trim().replace("CALLS", [...shop].map((m) => m[1]).join(" "));
writeFileSync(join(values.out, "snippet.js"), text + "\n");
