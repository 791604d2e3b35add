/** Which rows the tests say they prove: tags in their titles, like `[cds-hooks 80, 83-88]`. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** One title that names rows of one set. */
export interface Claim {
  /** Path from the top of the repository. */
  readonly file: string;
  /** The title as the test runner reports it; `…` stands for what a loop fills in. */
  readonly name: string;
  /** The same without tags. */
  readonly title: string;
  readonly set: string;
  readonly rows: readonly number[];
}

const tagForm = /\[(?<set>cds-hooks|smart|subscriptions) (?<rows>\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*)\]/gu;
const titleForm = /\b(?:it|test)(?:\.\w+)?\(\s*(?:"(?<plain>(?:[^"\\]|\\.)*)"|`(?<filled>(?:[^`\\]|\\.)*)`)/gu;

function expand(rows: string): number[] {
  return rows.split(", ").flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split("-").map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  });
}

/** Tags in a text, in order. */
function tagsOf(text: string): { readonly set: string; readonly rows: number[] }[] {
  return [...text.matchAll(tagForm)].map(({ groups }) => ({
    set: groups?.["set"] ?? "",
    rows: expand(groups?.["rows"] ?? ""),
  }));
}

/** A title as it is written, `…` for what is filled in. */
const readable = (written: string): string => written.replaceAll(/\$\{[^}]*\}/gu, "…").replaceAll(/\\(.)/gu, "$1");

/** Titles of all tests of one file, tags included; undefined where there is no such file. */
export function titlesOfFile(file: string): readonly string[] | undefined {
  if (!existsSync(join(root, file))) return undefined;
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(titleForm)].map(({ groups }) => readable(groups?.["plain"] ?? groups?.["filled"] ?? ""));
}

/** The claims of one test file. @throws Error where a tag stands outside a title: nothing would ever confirm it */
export function claimsOf(file: string, text: string): Claim[] {
  const claims = [...text.matchAll(titleForm)].flatMap(({ groups }) => {
    const written = groups?.["plain"] ?? groups?.["filled"] ?? "";
    const name = readable(written);
    const title = name.replaceAll(tagForm, "").trim();
    return tagsOf(name).map((tag) => ({ file, name, title, ...tag }));
  });
  if (claims.length !== tagsOf(text).length) throw new Error(`${file}: a tag stands outside a test's title`);
  return claims;
}

/** The claims of all test files, by file and place in it. This reads the sources: what ran is the reporter's to say. */
export function readClaims(): Claim[] {
  return globSync("test/**/*.test.ts", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file !== "test/unit/conformance.test.ts")
    .toSorted()
    .flatMap((file) => claimsOf(file, readFileSync(join(root, file), "utf8")));
}

/** Whether a reported name is this title, whatever the loop filled in. */
function isNamed(name: string, reported: string): boolean {
  const parts = name.split("…");
  let at = 0;
  for (const part of parts) {
    const found = reported.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return reported.startsWith(parts[0] ?? "") && reported.endsWith(parts.at(-1) ?? "");
}

/** Claims of the files that ran of which no test passed: skipped, or never reached. */
export function unconfirmed(
  claims: readonly Claim[],
  passedByFile: ReadonlyMap<string, readonly string[]>,
): readonly Claim[] {
  return claims.filter(({ file, name }) => {
    const passed = passedByFile.get(file);
    return passed !== undefined && !passed.some((reported) => isNamed(name, reported));
  });
}
