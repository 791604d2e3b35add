/** Which version of a resource this is, and which of two copies is the newer one, as far as the EHR says. */
import type { FhirResource } from "fhir/r4.js";

export interface ResourceVersion {
  readonly versionId?: string | undefined;
  /** FHIR instant, in any offset. */
  readonly lastUpdated?: string | undefined;
}

/** The version that the EHR names; undefined where what it names is no id, and could stand in no address. */
export function versionOf({ meta }: FhirResource): string | undefined {
  const version: unknown = meta?.versionId;
  return typeof version === "string" && /^[A-Za-z0-9.-]{1,64}$/u.test(version) ? version : undefined;
}

/** True where `left` is certainly newer than `right`. Where the EHR says neither time nor number, nothing is certain. */
export function isNewerVersion(left: ResourceVersion, right: ResourceVersion): boolean {
  const [leftTime, rightTime] = [Date.parse(left.lastUpdated ?? ""), Date.parse(right.lastUpdated ?? "")];
  if (!Number.isNaN(leftTime) && !Number.isNaN(rightTime) && leftTime !== rightTime) return leftTime > rightTime;
  const [leftNumber, rightNumber] = [Number(left.versionId), Number(right.versionId)];
  // Version ids are opaque; only those that count up can be compared.
  return Number.isInteger(leftNumber) && Number.isInteger(rightNumber) && leftNumber > rightNumber;
}
