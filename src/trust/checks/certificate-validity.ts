import type { X509Certificate } from "node:crypto";
import { refuse } from "../refusal.ts";

/**
 * RFC 5280, 4.1.2.5: within its dates. The proxy has looked already, but not every proxy is set up to refuse, and a pinned
 * certificate must not outlive its end either.
 */
export function checkCertificateValidity(certificate: X509Certificate, nowMs: number): void {
  if (nowMs < certificate.validFromDate.getTime()) refuse("certificate.not-yet-valid");
  if (nowMs > certificate.validToDate.getTime()) refuse("certificate.expired");
}
