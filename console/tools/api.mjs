// src/api/types.ts out of api/openapi.json. `node tools/api.mjs --check` compares instead of writing.
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const place = new URL("../src/api/types.ts", import.meta.url);
const described = JSON.parse(await readFile(new URL("../../api/openapi.json", import.meta.url), "utf8"));
const made = `// Generated from api/openapi.json by \`scripts/console api\`. Do not edit.\n\n${astToString(await openapi(described))}`;
if (process.argv.includes("--check")) {
  const kept = await readFile(place, "utf8").catch(() => "");
  if (kept !== made) {
    console.error("console/src/api/types.ts is not what api/openapi.json says: run scripts/console api");
    process.exit(1);
  }
} else {
  await writeFile(place, made);
}
