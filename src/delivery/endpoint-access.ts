/** What is wrong with an endpoint's authorisation or TLS, found when it is written; and what may be shown of its certificates. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import type { Authorization, TlsTrust } from "../core/delivery/access.ts";

/** Each certificate of a PEM text. Throws where one of them is none. */
function certificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function readable(pem: string | undefined): readonly X509Certificate[] | undefined {
  if (pem === undefined) return [];
  try {
    const found = certificates(pem);
    return found.length === 0 ? undefined : found;
  } catch {
    return undefined;
  }
}

function keyFits(certificate: X509Certificate | undefined, key: string): boolean {
  try {
    return certificate?.checkPrivateKey(createPrivateKey(key)) === true;
  } catch {
    return false;
  }
}

/** Undefined where it can be used. No value stands in the text. */
export function tlsProblem(tls: TlsTrust, url: string): string | undefined {
  if (!url.startsWith("https:")) return "tls is for https only";
  if (Object.values(tls).every((value) => value === undefined)) return "tls says nothing";
  if (readable(tls.ca) === undefined) return "ca is no certificate in PEM";
  const shown = readable(tls.clientCertificate);
  if (shown === undefined) return "the client certificate is none in PEM";
  if ((tls.clientCertificate === undefined) !== (tls.clientKey === undefined))
    return "a client certificate and its key go together";
  if (tls.clientKey !== undefined && !keyFits(shown[0], tls.clientKey))
    return "the client key is not that of the client certificate";
  return undefined;
}

/** @param refuse why an address may not be called */
export function authorizationProblem(
  authorization: Authorization,
  headers: Readonly<Record<string, string>>,
  refuse: (url: string) => string | undefined,
): string | undefined {
  if (Object.keys(headers).some((name) => name.toLowerCase() === "authorization"))
    return "give either authorization or a header of that name";
  for (const name of ["tokenUrl", "fhirBaseUrl"] as const) {
    const url: unknown = Reflect.get(authorization, name);
    const refusal = typeof url === "string" ? refuse(url) : undefined;
    if (refusal !== undefined) return `its ${name} may not be called (${refusal})`;
  }
  return undefined;
}

interface ShownCertificate {
  readonly subject: string;
  /** RFC 3339. */
  readonly validTo: string;
}

const shownOf = (pem: string | undefined): readonly ShownCertificate[] =>
  (readable(pem) ?? []).map((each) => ({
    subject: each.subject.replaceAll("\n", ", "),
    validTo: each.validToDate.toISOString(),
  }));

/** What an operator may see: certificates are public, and their end is worth knowing; keys never. */
export function publicTls(tls: TlsTrust): Readonly<Record<string, unknown>> {
  const [ca, client] = [shownOf(tls.ca), shownOf(tls.clientCertificate)];
  return {
    ...(ca.length === 0 ? {} : { ca }),
    ...(tls.pinnedSha256 === undefined ? {} : { pinnedSha256: tls.pinnedSha256 }),
    ...(client.length === 0 ? {} : { clientCertificate: client[0] }),
  };
}
