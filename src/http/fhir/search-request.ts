/** Reading FHIR searches (R4, 3.1.1): values of parameters, what is done with unknown ones, references and dates. */
import { AdapterError } from "../../core/errors.ts";
import { localReference } from "../../core/notification/reference.ts";

/** Values of one parameter: repeated and comma-separated both mean "one of these" here. */
export function valuesOf(query: URLSearchParams, name: string): readonly string[] | undefined {
  const values = query
    .getAll(name)
    .flatMap((value) => value.split(","))
    .filter((value) => value !== "");
  return values.length === 0 ? undefined : values;
}

/** A parameter that can hold one value only. Throws 400 for several. */
export function valueOf(query: URLSearchParams, name: string): string | undefined {
  const values = valuesOf(query, name);
  if (values !== undefined && values.length > 1)
    throw new AdapterError("parameter_invalid", { at: name, message: "One value is searched at a time." });
  return values?.[0];
}

const general: ReadonlySet<string> = new Set(["_format", "_count", "_cursor", "_pretty"]);

/** Unknown parameters are passed over, unless the client asked for strictness (R4, 3.1.1.4.1). */
export function checkKnown(query: URLSearchParams, known: ReadonlySet<string>, prefer: string | undefined): void {
  const unknown = [...query.keys()].find((name) => !known.has(name) && !general.has(name));
  if (unknown !== undefined && prefer?.includes("handling=strict") === true) {
    throw new AdapterError("parameter_invalid", {
      at: unknown.slice(0, 100),
      message: "This search parameter is not supported.",
    });
  }
}

/** The code of a token, with or without its system. */
export const codeOf = (token: string): string => token.slice(token.lastIndexOf("|") + 1);

/**
 * A reference parameter as a relative reference: `9`, `Encounter/9` and the EHR's absolute URL mean the same. Throws 400 for
 * anything else.
 */
export function referenceOf(name: string, value: string, type: string, ehrBase: string): string {
  const reference = localReference(value, type, ehrBase);
  if (reference !== undefined) return reference;
  throw new AdapterError("parameter_invalid", { at: name, message: `Give the id of a ${type}, or its reference.` });
}

const mostOnAPage = 200;

/** `_count`, at most 200, 50 where nothing is said. Throws 400 for no number. */
export function countOf(query: URLSearchParams): number {
  const count = query.get("_count") ?? "50";
  if (!/^[1-9]\d{0,5}$/u.test(count)) throw new AdapterError("parameter_invalid", { at: "_count" });
  return Math.min(Number(count), mostOnAPage);
}
