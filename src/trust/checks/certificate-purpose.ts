import type { X509Certificate } from "node:crypto";
import { refuse } from "../refusal.ts";

const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE = "2.5.29.37.0";

/** RFC 5280, 4.2.1.12: a certificate that names its purposes is good for those only; a CA's own is good for none here. */
export function checkCertificatePurpose(certificate: X509Certificate): void {
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  const named = purposes === undefined || purposes.includes(CLIENT_AUTHENTICATION) || purposes.includes(ANY_PURPOSE);
  if (certificate.ca || !named) refuse("certificate.purpose");
}
