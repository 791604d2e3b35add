/** `handover style`: the texts that a house style may say in its own way, and what one does to past charts. */
import { readFile, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { z } from "zod";
import { appliedStyle, houseStyleSchema, stylableTexts, styleProblems } from "../core/house-style/house-style.ts";
import type { HouseStyle } from "../core/house-style/house-style.ts";
import { jurisdictionIds, jurisdictionOf } from "../config/jurisdictions.ts";
import type { Language } from "../core/language/language.ts";
import { languages } from "../core/language/language.ts";
import { chartPaths, readBundle } from "../eval/chart-files.ts";
import { stylePage } from "../eval/report/style-page.ts";
import type { StyledStay } from "../eval/style-preview.ts";
import { previewStyle } from "../eval/style-preview.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { usageError } from "./remote/failure.ts";

function languageIn(options: Options): Language {
  const given = textOf(options, "language") ?? "en";
  const language = languages.find((known) => known === given);
  if (language === undefined) throw usageError(`A language is one of ${languages.join(", ")}.`);
  return language;
}

/** Every text that a style may replace, as a file to start from. */
export async function styleTexts(options: Options, io: Io): Promise<number> {
  const texts = Object.fromEntries(stylableTexts(languageIn(options)));
  io.stdout(`${JSON.stringify({ version: "1", titles: {}, order: [], texts }, undefined, 2)}\n`);
  return exitCodes.ok;
}

/** The style in a file, or what is wrong with it, a line each. */
async function readStyle(file: string, language: Language): Promise<HouseStyle | readonly string[]> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return [`${file}: cannot be read`];
  const document = parseDocument(text, { version: "1.2", merge: false, customTags: [], prettyErrors: false });
  if (document.errors.length > 0) return [`${file}: not readable as JSON or YAML`];
  const value: unknown = document.toJS({ maxAliasCount: 50 });
  const found = houseStyleSchema.safeParse(value);
  if (!found.success) return z.prettifyError(found.error).split("\n");
  const problems = styleProblems(found.data, language).map(({ at, problem }) => `${at}: ${problem}`);
  return problems.length > 0 ? problems : found.data;
}

const changedOnly = ({ sections }: StyledStay) =>
  sections.filter(({ before, after, title }) => before !== after || title.before !== title.after);

/** Old lines and new ones; control characters of a chart never reach the terminal. */
function stayText(stay: StyledStay): string {
  const lines = changedOnly(stay).flatMap(({ title, before, after }) => {
    const [old, now] = [before.split("\n"), after.split("\n")];
    return [
      `  ${title.after}${title.before === title.after ? "" : ` (was: ${title.before})`}`,
      ...old.flatMap((line, index) => (line === now[index] ? [] : [`    - ${line}`, `    + ${now[index] ?? ""}`])),
    ];
  });
  const lost = stay.unverified.map((text) => `  NOT BORNE OUT: ${text}`);
  return [`${stay.chart} ${stay.encounter}`, ...lines, ...lost]
    .map((line) => line.replaceAll(/\p{C}+/gu, " "))
    .join("\n");
}

/** Exit code 1 where the style is wrong, or says of a past chart what its record does not. */
export async function stylePreview(
  file: string,
  folder: string | undefined,
  options: Options,
  io: Io,
): Promise<number> {
  const language = languageIn(options);
  const style = await readStyle(file, language);
  if (!("version" in style)) {
    io.stderr(`${style.join("\n")}\n`);
    return exitCodes.failed;
  }
  const name = `${style.version} (${appliedStyle(style).digest})`;
  if (folder === undefined) {
    io.stdout(`House style ${name} is good.\n`);
    return exitCodes.ok;
  }
  const asked = textOf(options, "jurisdiction");
  if (asked !== undefined && !jurisdictionIds.includes(asked)) {
    io.stderr(`--jurisdiction is one of ${jurisdictionIds.join(", ")}.\n`);
    return exitCodes.usage;
  }
  const jurisdiction = jurisdictionOf({ language, generation: { jurisdiction: asked } });
  const settings = { timeZone: textOf(options, "timeZone") ?? "UTC", jurisdiction, language } as const;
  const stays: StyledStay[] = [];
  for (const path of await chartPaths(folder))
    stays.push(...previewStyle(path, await readBundle(path), style, settings));
  const html = textOf(options, "html");
  // Readable for its owner alone: it holds what the charts hold.
  if (html !== undefined) await writeFile(html, stylePage(name, stays), { mode: 0o600 });
  if (options["json"] === true) io.stdout(`${JSON.stringify({ style: name, stays }, undefined, 2)}\n`);
  else io.stdout(`${stays.map(stayText).join("\n\n")}\n\nHouse style ${name}: ${stays.length} stays.\n`);
  return stays.some(({ unverified }) => unverified.length > 0) ? exitCodes.failed : exitCodes.ok;
}
