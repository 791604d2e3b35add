/**
 * Whether an EHR searched by what it was asked for. A server may leave out what it does not know and answer with everybody's
 * records (R4 search, 3.1.1.3); the `self` link of its answer must say what it really searched by (3.1.1.4.1).
 */
import type { SearchParams } from "./fhir-gateway.ts";

/** They shape the answer and leave out nobody. */
const resultParameters: ReadonlySet<string> = new Set([
  "_count",
  "_sort",
  "_elements",
  "_summary",
  "_include",
  "_revinclude",
  "_total",
  "_format",
]);

const bareName = (name: string): string => name.split(/[:.]/u, 1)[0] ?? name;
/** `Patient/7` and `7` name the same one. */
const bareValue = (value: string): string => value.slice(value.lastIndexOf("/") + 1);

/**
 * Names of the filters that the server says it did not apply. None where it says nothing that can be compared: no link, no
 * query in it (a search by POST need not show one), or a query of names that are its own.
 *
 * @param self URL of the `self` link
 */
export function ignoredFilters(params: SearchParams, self: string | undefined): readonly string[] {
  if (self === undefined || !self.includes("?")) return [];
  const told = [...new URLSearchParams(self.slice(self.indexOf("?") + 1))];
  const names = new Set(told.map(([name]) => bareName(name)));
  if (!Object.keys(params).some((name) => names.has(bareName(name)))) return [];
  return Object.entries(params)
    .filter(([name]) => !resultParameters.has(bareName(name)) && !names.has(bareName(name)))
    .filter(([, values]) => {
      // Under another name of its own it is applied all the same: `subject` for `patient`.
      const asked = new Set([values].flat().map(bareValue));
      return !told.some(([, value]) => asked.has(bareValue(value)));
    })
    .map(([name]) => name);
}
