/** Which of two copies of a resource is the newer one, as far as the EHR says. */

export interface ResourceVersion {
  readonly versionId?: string | undefined;
  /** FHIR instant, in any offset. */
  readonly lastUpdated?: string | undefined;
}

/** True where `left` is certainly newer than `right`. Where the EHR says neither time nor number, nothing is certain. */
export function isNewerVersion(left: ResourceVersion, right: ResourceVersion): boolean {
  const [leftTime, rightTime] = [Date.parse(left.lastUpdated ?? ""), Date.parse(right.lastUpdated ?? "")];
  if (!Number.isNaN(leftTime) && !Number.isNaN(rightTime) && leftTime !== rightTime) return leftTime > rightTime;
  const [leftNumber, rightNumber] = [Number(left.versionId), Number(right.versionId)];
  // Version ids are opaque; only those that count up can be compared.
  return Number.isInteger(leftNumber) && Number.isInteger(rightNumber) && leftNumber > rightNumber;
}
