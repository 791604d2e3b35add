/** The house's rules of import, as data (design, section 1). The test runs them over the tree and over planted faults. */
import { posix } from "node:path";

export interface SourceFile {
  /** Path from the top, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly rule: string;
  readonly detail: string;
}

/** Specifiers a file imports, `import type` and re-exports included. */
export function importsOf(file: SourceFile): readonly { specifier: string; typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const match of file.text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+["']([^"']+)["']|^\s*import\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']/gmu,
  )) {
    const specifier = match[2] ?? match[3] ?? match[4];
    if (specifier !== undefined) found.push({ specifier, typeOnly: match[1] !== undefined });
  }
  return found;
}

/** One importer each (design, section 1). Keys are packages, values say which files may import them. */
const onlyImporters: Record<string, (path: string) => boolean> = {
  "pg-boss": (path) => path === "src/jobs/boss.ts",
  nodemailer: (path) => path === "src/mail/smtp.ts",
  ws: (path) => path.startsWith("src/subscriptions/websocket/"),
  "fhir-kit-client": (path) => path === "src/ehr/fhir-gateway.ts",
  jose: (path) => path.startsWith("src/trust/"),
  pg: (path) => path.startsWith("src/db/") || /^src\/[^/]+\/(?:.*\/)?store\.ts$/u.test(path),
  express: (path) => path.startsWith("src/http/") || path.endsWith("/routes.ts") || /\/routes\/[^/]+\.ts$/u.test(path),
};

/** Node modules that do I/O, hold the clock or make randomness: not for the pure rules. */
const impure = /^node:(?!crypto$|assert$|util$|path$|url$|buffer$)/u;

const forbiddenFolders = /(?:^|\/)(?:utils|common|helpers|types|ports)\//u;

/** What a feature folder may import besides itself; features meet only through jobs and events. */
const shared = new Set(["core", "config", "db", "events", "telemetry", "jobs", "audit", "http"]);

/** Composition roots: they wire everything and belong to no feature. */
function isRoot(path: string): boolean {
  return path === "src/main.ts" || path === "src/app.ts" || path.startsWith("src/app/") || path.startsWith("src/cli/");
}

function featureOf(path: string): string | undefined {
  return /^src\/([^/]+)\//u.exec(path)?.[1];
}

/** Checks one file against every rule. */
export function check(file: SourceFile): readonly Violation[] {
  const violations: Violation[] = [];
  const report = (rule: string, detail: string): void => void violations.push({ path: file.path, rule, detail });
  if (forbiddenFolders.test(file.path))
    report("folder-name", "utils, common, helpers, types and ports are not folders here");
  for (const { specifier, typeOnly } of importsOf(file)) {
    if (specifier.startsWith("."))
      checkRelative(file.path, posix.join(posix.dirname(file.path), specifier), typeOnly, report);
    else checkPackage(file.path, specifier, report);
  }
  if (
    file.path.startsWith("src/core/") &&
    /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|process\.|randomUUID|randomBytes|setTimeout\()/u.test(file.text)
  ) {
    report("core-pure", "core takes time and randomness as arguments");
  }
  return violations;
}

type Report = (rule: string, detail: string) => void;

function checkPackage(path: string, specifier: string, report: Report): void {
  const name = specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] ?? specifier);
  const allowed = onlyImporters[name];
  if (path.startsWith("src/") && allowed !== undefined && !allowed(path))
    report("one-importer", `${name} is not imported here`);
  if (!path.startsWith("src/core/")) return;
  if (impure.test(specifier)) report("core-pure", `${specifier} does I/O`);
  if (!specifier.startsWith("node:") && !corePackages.has(name)) report("core-pure", `${name} is not for core`);
}

/** Pure libraries that core may use. */
const corePackages = new Set(["fhir", "zod", "ipaddr.js", "markdown-it", "diff", "fhirpath"]);

function checkRelative(path: string, target: string, typeOnly: boolean, report: Report): void {
  if (path.startsWith("src/") && target.startsWith("sandbox/") && !path.startsWith("src/cli/"))
    report("direction", "src does not know the sandbox");
  if (path.startsWith("sandbox/") && target.startsWith("src/"))
    report("direction", "the sandbox knows the published contract only");
  const from = featureOf(path);
  const to = featureOf(target);
  if (from === undefined || isRoot(path)) return;
  if (isRoot(target)) report("direction", `${target} is the composition root`);
  if (to === undefined || to === from) return;
  if (from === "core") report("direction", `core imports ${to}`);
  else if (!shared.has(to) && !typeOnly)
    report("direction", `${from} imports ${to}: declare an interface and let app.ts wire it`);
}
