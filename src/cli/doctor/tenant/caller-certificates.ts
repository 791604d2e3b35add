/** Can the EHR's certificate be verified, where it calls by mutual TLS: is a proxy named that hands it on, and what it is held against? */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { EhrCertificate } from "../../../config/tenant-schema.ts";
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Examination } from "./examination.ts";

const NAME = "caller certs";
const refused = "every hook call is refused with 401";
/** As for the certificates of servers: time enough to have a new one signed and sent. */
const SOON_MS = 30 * 24 * 60 * 60 * 1000;

/** Nothing where the EHR proves itself by its tokens alone. */
export function checkCallerCertificates({ tenant, handsCertificatesOn }: Examination, nowMs: number): readonly Check[] {
  const { clientAuth, certificates } = tenant.ehr.cdsHooks;
  if (clientAuth === "jwt") return [];
  if (!handsCertificatesOn) {
    const fix =
      "Set clientCertificates in the adapter's own file: the proxies' addresses, and the header that they fill.";
    return [
      broken(NAME, `clientAuth is ${clientAuth}, and no proxy is named that hands certificates on: ${refused}`, fix),
    ];
  }
  return certificates.map((certificate) => judge(certificate, nowMs));
}

function judge(certificate: EhrCertificate, nowMs: number): Check {
  if ("sha256" in certificate)
    return held(
      NAME,
      `one certificate is pinned: ${certificate.sha256.slice(0, 16)}...; a renewed one must be added first`,
    );
  const { caFile, subjectAltName } = certificate;
  const ends = validUntil(caFile);
  const what = `${subjectAltName} of the CAs in ${caFile}`;
  if (ends === undefined) {
    const fix = "Check the path in ehr.cdsHooks.certificates, that this user may read it, and that it is PEM.";
    return broken(NAME, `${what}: no certificate can be read there; ${refused}`, fix);
  }
  const day = new Date(ends).toISOString().slice(0, 10);
  if (ends <= nowMs)
    return broken(NAME, `${what}: a CA ended on ${day}; ${refused}`, "Put the CA's new certificate there.");
  if (ends <= nowMs + SOON_MS)
    return noted(NAME, `${what}: a CA ends on ${day}`, "Put the CA's new certificate beside it.");
  return held(NAME, `${what}, until ${day}`);
}

/** When the first of the file's certificates ends, in milliseconds since the epoch; undefined where there is none. */
function validUntil(caFile: string): number | undefined {
  try {
    const blocks =
      readFileSync(caFile, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
    const ends = blocks.map((pem) => new X509Certificate(pem).validToDate.getTime());
    return ends.length === 0 ? undefined : Math.min(...ends);
  } catch {
    return undefined;
  }
}
