import type { X509Certificate } from "node:crypto";
import type { EhrCertificate } from "../../config/tenant-schema.ts";
import { refuse } from "../refusal.ts";
import { checkCertificatePurpose } from "./certificate-purpose.ts";

/** The CAs of a file; throws where it cannot be read. */
export type AuthoritiesOf = (caFile: string) => readonly X509Certificate[];

/** One of those that the hospital listed: this very certificate, or one of its CA's that bears its EHR's name. */
export function checkCertificateOwner(
  certificate: X509Certificate,
  listed: readonly EhrCertificate[],
  authoritiesOf: AuthoritiesOf,
  nowMs: number,
): void {
  const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  if (listed.some((entry) => "sha256" in entry && entry.sha256 === fingerprint)) return;
  const named = listed.filter((entry) => "caFile" in entry).filter((entry) => bears(certificate, entry.subjectAltName));
  if (named.length === 0) refuse("certificate.unknown");
  const issued = named.some(({ caFile }) => authoritiesOf(caFile).some((ca) => isIssuedBy(certificate, ca, nowMs)));
  if (!issued) refuse("certificate.issuer");
  checkCertificatePurpose(certificate);
}

/** The name must stand there as it is listed: no wildcard, and never the subject's common name (RFC 9525, 2). */
function bears({ subjectAltName = "" }: X509Certificate, name: string): boolean {
  return subjectAltName.split(", ").some((entry) => entry === name || sameHost(entry, name));
}

function sameHost(entry: string, name: string): boolean {
  return name.startsWith("DNS:") && entry.toLowerCase() === name.toLowerCase();
}

function isIssuedBy(certificate: X509Certificate, ca: X509Certificate, nowMs: number): boolean {
  const inForce = ca.validFromDate.getTime() <= nowMs && nowMs <= ca.validToDate.getTime();
  return ca.ca && inForce && certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}
