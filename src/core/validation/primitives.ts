/** Whether a JSON value is a value of a primitive type (R4 datatypes, "Primitive Types"). */

const year = String.raw`(?!0000)\d{4}`;
const month = String.raw`(?:0[1-9]|1[0-2])`;
const day = String.raw`(?:0[1-9]|[12]\d|3[01])`;
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?`;
const zone = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))`;

const date = new RegExp(`^${year}(?:-${month}(?:-${day})?)?$`, "u");
const dateTime = new RegExp(`^${year}(?:-${month}(?:-${day}(?:T${clock}${zone})?)?)?$`, "u");
const instant = new RegExp(`^${year}-${month}-${day}T${clock}${zone}$`, "u");
const time = new RegExp(`^${clock}$`, "u");

/** The 30th of February has the form of a date, and is none. */
function isOnCalendar(value: string): boolean {
  const [, y, m, d] = /^(\d{4})-(\d{2})-(\d{2})/u.exec(value) ?? [];
  if (y === undefined || m === undefined || d === undefined) return true;
  // Years below 100 mean the last century to Date.UTC: the Gregorian calendar repeats itself after 400 years.
  const last = new Date(Date.UTC(2000 + (Number(y) % 400), Number(m), 0)).getUTCDate();
  return Number(d) <= last;
}

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && pattern.test(value);

const dated =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && pattern.test(value) && isOnCalendar(value);

const MAX_STRING_BYTES = 1024 * 1024;
/** Of the control characters FHIR forbids those below 32, tab and line ends excepted. */
const control = /(?![\t\n\r\u007F-\u009F])\p{Cc}/u;

/** Not empty, at most 1 MB, without control characters, and of characters that UTF-8 can carry. */
function isString(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.isWellFormed() &&
    !control.test(value) &&
    Buffer.byteLength(value) <= MAX_STRING_BYTES
  );
}

function isInteger(least: number): (value: unknown) => boolean {
  return (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= 2_147_483_647;
}

function isBase64(value: unknown): boolean {
  if (typeof value !== "string" || value === "") return false;
  const packed = /\s/u.test(value) ? value.replaceAll(/\s/gu, "") : value;
  return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/u.test(packed);
}

/** A URN that says which kind it is has that kind's form. */
function isUri(value: unknown): boolean {
  if (typeof value !== "string" || !/^\S+$/u.test(value) || !value.isWellFormed()) return false;
  if (value.startsWith("urn:uuid:")) return isUuid(value);
  return !value.startsWith("urn:oid:") || isOid(value);
}

const isUuid = matches(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u);
const isOid = matches(/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/u);

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  base64Binary: isBase64,
  boolean: (value) => typeof value === "boolean",
  canonical: isUri,
  code: matches(/^\S+(?:\s\S+)*$/u),
  date: dated(date),
  dateTime: dated(dateTime),
  decimal: (value) => typeof value === "number" && Number.isFinite(value),
  id: matches(/^[A-Za-z0-9.-]{1,64}$/u),
  instant: dated(instant),
  integer: isInteger(-2_147_483_648),
  markdown: isString,
  oid: isOid,
  positiveInt: isInteger(1),
  string: isString,
  time: matches(time),
  unsignedInt: isInteger(0),
  uri: isUri,
  url: isUri,
  uuid: isUuid,
  // Its content is looked at by the narrative's own rules.
  xhtml: (value) => typeof value === "string",
};

/** False also for a type that is none of the primitive ones. */
export function isPrimitiveValue(type: string, value: unknown): boolean {
  return Object.hasOwn(checks, type) && checks[type]?.(value) === true;
}
