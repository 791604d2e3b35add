/** The page's script modules and style sheet, read once at start and served under a name made from their content. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Language } from "../core/language/language.ts";

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  /** Files of ours that hold no secret: compression tells nothing (unlike answers, which are never compressed). */
  readonly gzip: Buffer;
  /** A tenth smaller; browsers ask for it over https only. */
  readonly brotli: Buffer;
}

export interface Assets {
  /** `/app/assets/<hash>`: a new release has a new path, so browsers may keep the old one for ever. */
  readonly path: string;
  readonly files: ReadonlyMap<string, Asset>;
}

/**
 * What a page of this language loads under a name. A module of texts stands there once for each language
 * (`texts.js` is English, `texts.de.js` German) and has one name in every other script: none of them asks for the language.
 */
export function assetOf({ files }: Pick<Assets, "files">, name: string, language: Language): Asset | undefined {
  return files.get(name.replace(/\.js$/u, `.${language}.js`)) ?? files.get(name);
}

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

/**
 * A script without indentation, types and the comments that stand on lines of their own; the lines stay, so that an error's line
 * is the source's. All are for us, and would be a quarter of what a workstation loads before anything is shown. No text of ours
 * goes over a line's end, so that no indentation is part of one.
 */
export function stripped(script: string): string {
  return script
    .replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*$/gmu, (comment) => comment.replaceAll(/[^\n]/gu, ""))
    .replaceAll(/^[ \t]*\/\/.*$/gmu, "")
    .replaceAll(/\/\*\* @type [^*]*\*\/ ?/gu, "")
    .replaceAll(/^[ \t]+/gmu, "");
}

function readAsset(path: string, isScript: boolean): Buffer {
  return isScript ? Buffer.from(stripped(readFileSync(path, "utf8"))) : readFileSync(path);
}

/** Reads what a browser may have from a folder. */
export function loadAssets(folder: string = join(import.meta.dirname, "browser")): Assets {
  const hash = createHash("sha256");
  const files = new Map<string, Asset>();
  for (const name of readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))) {
    const type = types[name.split(".").at(-1) ?? ""];
    if (type === undefined) continue;
    const body = readAsset(join(folder, name), name.endsWith(".js"));
    hash.update(name).update(body);
    files.set(name, { type, body, gzip: gzipSync(body, { level: 9 }), brotli: brotliCompressSync(body) });
  }
  return { path: `/app/assets/${hash.digest("hex").slice(0, 16)}`, files };
}
