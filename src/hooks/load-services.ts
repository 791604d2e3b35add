/** Loads the services of a folder at the start and checks their definitions, so that a faulty one stops the start. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hookNames } from "./cds-hooks.ts";
import { templateProblem } from "./prefetch-template.ts";
import { absoluteUrl } from "./schema/elements.ts";
import type { CdsService, HookOffer } from "./service.ts";

/** @param folder holds one folder per service, each with a service.ts that exports `service` */
export async function loadServices(folder: string): Promise<readonly CdsService[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(names.toSorted().map((name) => loadService(folder, name)));
}

async function loadService(folder: string, name: string): Promise<CdsService> {
  const module: unknown = await import(pathToFileURL(join(folder, name, "service.ts")).href);
  const service: unknown = typeof module === "object" && module !== null ? Reflect.get(module, "service") : undefined;
  const problems = isService(service) ? serviceProblems(service, name) : ["service.ts does not export `service`"];
  if (!isService(service) || problems.length > 0) throw new Error(`cds-services/${name}: ${problems.join("; ")}`);
  return service;
}

function isService(value: unknown): value is CdsService {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "answer") === "function" &&
    typeof Reflect.get(value, "hooks") === "object"
  );
}

/** What is wrong with a definition (2.0, 7-12; 55-59), in words. */
export function serviceProblems(service: CdsService, folderName: string): string[] {
  const problems: string[] = [];
  if (service.id !== folderName) problems.push(`its id is ${service.id}`);
  if (service.title.trim() === "" || service.description.trim() === "")
    problems.push("title and description are needed");
  if (service.icon !== undefined && !absoluteUrl.safeParse(service.icon).success)
    problems.push("its icon is no absolute address");
  const hooks = Object.keys(service.hooks);
  if (hooks.length === 0) problems.push("it is on no hook");
  for (const hook of hooks) if (!hookNames.some((known) => known === hook)) problems.push(`unknown hook ${hook}`);
  for (const offer of Object.values(service.hooks)) problems.push(...offerProblems(offer));
  return problems;
}

function offerProblems({ prefetch = {}, onMissing = {} }: HookOffer): string[] {
  const problems: string[] = [];
  const earlier = new Set<string>();
  for (const [key, template] of Object.entries(prefetch)) {
    const problem = templateProblem(template, earlier);
    if (problem !== undefined) problems.push(`prefetch ${key} ${problem}`);
    earlier.add(key);
  }
  for (const key of Object.keys(onMissing))
    if (!earlier.has(key)) problems.push(`onMissing names ${key}, which is no key of its prefetch`);
  return problems;
}
