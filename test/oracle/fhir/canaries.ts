/** What no engine may let pass: an engine that says nothing of these has looked at nothing. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export only
import PDFDocument from "pdfkit";

const documentReference = {
  resourceType: "DocumentReference",
  status: "current",
  docStatus: "preliminary",
  text: { status: "generated", div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>1</script></div>' },
};

/** Which words an error of which file must hold. */
const expected: readonly (readonly [file: string, words: string])[] = [
  ["canary.json", "content"],
  ["canary.json", "script"],
  ["canary.pdf", "embedded"],
];

export const canaryCount = new Set(expected.map(([file]) => file)).size;

/** A resource without its content and with a script in it, and a PDF without its fonts. */
export async function plantCanaries(folder: string): Promise<void> {
  await writeFile(join(folder, "canary.json"), JSON.stringify(documentReference));
  const chunks: Buffer[] = [];
  const pdf = new PDFDocument();
  pdf.text("Helvetica is not in this file.").end();
  for await (const chunk of pdf) chunks.push(chunk as Buffer);
  await writeFile(join(folder, "canary.pdf"), Buffer.concat(chunks));
}

/** Splits the canaries' issues off, and says which violation went unseen. Issues are rows: severity, file, location, message. */
export function withoutCanaries(all: readonly (readonly string[])[]) {
  const isCanary = ([, file]: readonly string[]): boolean => expected.some(([planted]) => planted === file);
  const errors = all.filter((issue) => isCanary(issue) && issue[0] !== "warning");
  const unseen = expected.filter(
    ([file, words]) => !errors.some(([, at, , message]) => at === file && message?.includes(words) === true),
  );
  return {
    issues: all.filter((issue) => !isCanary(issue)),
    missed: unseen.map(([file, words]) => `${words} in ${file}`),
  };
}
