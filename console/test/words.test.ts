// Every word in both languages, the same holes in both, no key that nobody uses, and no text outside of them.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

function files(folder: string, fits: (name: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => fits(name) && !name.includes(".test."))
    .map((name) => join(folder, name));
}

type Lexicon = { en: Record<string, string>; ko: Record<string, string> };
const lexicons = files(SRC, (name) => /words\.ts$/.test(name) && !/^ui[\\/]words\.ts$/.test(name));
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).toSorted();
const HANGUL = /[가-힣]/;
/** A number and what it counts: "1 orders" is said where such a text has no singular. */
const COUNTED =
  /\{n\} ([a-z]+ )?(clicks|columns|customers|days|events|files|groups|hours|identifiers|journeys|keys|members|messages|minutes|months|orders|pages|people|products|records|recordings|rows|segments|steps|tiles|times|values|versions|visits|weeks)\b/;

describe.each(lexicons.map((path) => [relative(SRC, path), path] as const))("%s", (_, path) => {
  it("says the same in both languages", async () => {
    const module = (await import(path)) as Record<string, unknown>;
    for (const words of Object.values(module).filter((one): one is Lexicon => typeof one === "object" && one !== null && "en" in one && "ko" in one)) {
      expect(Object.keys(words.ko).toSorted()).toEqual(Object.keys(words.en).toSorted());
      for (const [key, english] of Object.entries(words.en)) {
        const korean = words.ko[key] ?? "";
        expect(english.trim(), key).not.toBe("");
        expect(korean.trim(), key).not.toBe("");
        expect(new Set(holes(korean)), key).toEqual(new Set(holes(english)));
      }
    }
  });

  it("has no Hangul in English", async () => {
    const module = (await import(path)) as Record<string, unknown>;
    for (const words of Object.values(module).filter((one): one is Lexicon => typeof one === "object" && one !== null && "en" in one && "ko" in one)) {
      // the name of the other language is said in that language
      const odd = Object.entries(words.en).filter(([key, text]) => HANGUL.test(text) && !/lang|korean|ko$/i.test(key));
      expect(odd).toEqual([]);
    }
  });

  it("counts in the plural only where it also has the singular", async () => {
    const module = (await import(path)) as Record<string, unknown>;
    for (const words of Object.values(module).filter((one): one is Lexicon => typeof one === "object" && one !== null && "en" in one && "ko" in one)) {
      const bare = Object.entries(words.en).filter(([key, text]) => COUNTED.test(text) && !/_(one|other)$/.test(key));
      expect(bare).toEqual([]);
    }
  });
});

const SPOKEN = new Set(["title", "label", "placeholder", "aria-label", "alt", "description", "says", "why", "hint"]);
const READABLE = /[\p{L}]{2,}/u;
/** Names that are the same in every language, and signs that explain themselves. */
const NAMES = /^(dangol|한국어|English|CSV|YAML|SQL|JSON|PNG|Parquet|Esc|Ctrl K|Ctrl\/⌘ K|⌘K|SELECT|OpenID Connect|https?:.*)$/;

/** Text that stands in the code of a screen: between tags, or in an attribute that people read. */
function literals(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (text: string, node: ts.Node) => {
    const said = text.trim();
    if (!READABLE.test(said) || NAMES.test(said)) return;
    found.push(`${relative(SRC, path)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${said}`);
  };
  const walk = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node.text, node);
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer) && SPOKEN.has(node.name.getText())) note(node.initializer.text, node);
    if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteral(node.expression) && ts.isJsxElement(node.parent)) note(node.expression.text, node);
    if (ts.isStringLiteral(node) && HANGUL.test(node.text)) note(node.text, node);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return found;
}

it("no text outside the words", { timeout: 30_000 }, () => {
  const screens = files(SRC, (name) => name.endsWith(".tsx"));
  expect(screens.length).toBeGreaterThan(20);
  expect(screens.flatMap(literals)).toEqual([]);
});

it("files stay small", () => {
  const long = files(SRC, (name) => /\.tsx?$/.test(name) && !/words\.ts$|api[\\/]types\.ts$/.test(name))
    .map((path) => [relative(SRC, path), readFileSync(path, "utf8").split("\n").length] as const)
    .filter(([, lines]) => lines > 300);
  expect(long).toEqual([]);
});
