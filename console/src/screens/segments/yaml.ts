/** JSON as YAML that people read: blocks, quotes only where they are needed. The server reads YAML; nothing here does. */
import type { Json } from "./tree";

const PLAIN = /^[\p{L}_][\p{L}\p{N}_ ./~-]*$/u;
const SPECIAL = /^(true|false|yes|no|on|off|null|y|n)$/i;

function scalar(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && !SPECIAL.test(value) && value.trim() === value ? value : JSON.stringify(value);
}

const isLeaf = (value: Json): boolean => typeof value !== "object" || value === null || Object.keys(value).length === 0;

export function yaml(value: Json, indent = ""): string {
  if (isLeaf(value)) return `${indent}${scalar(value)}`;
  if (Array.isArray(value)) {
    if (value.every(isLeaf)) return `${indent}[${value.map(scalar).join(", ")}]`;
    return value.map((each) => `${indent}- ${yaml(each, `${indent}  `).trimStart()}`).join("\n");
  }
  return Object.entries(value as Record<string, Json>)
    .map(([key, each]) => {
      const flat = isLeaf(each) || (Array.isArray(each) && each.every(isLeaf));
      return flat ? `${indent}${scalar(key)}: ${yaml(each).trim()}` : `${indent}${scalar(key)}:\n${yaml(each, `${indent}  `)}`;
    })
    .join("\n");
}
