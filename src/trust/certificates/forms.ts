/** The forms in which proxies write a client's certificate into a header. Each takes the whole value or nothing. */
import { X509Certificate } from "node:crypto";
import type { ClientCertificateSettings } from "../../config/tenant-schema.ts";

/** DER or PEM of exactly one certificate; undefined where the value is anything else. */
type Unwrap = (value: string) => Buffer | string | undefined;

/** RFC 9440, 2.2: a byte sequence of structured fields (RFC 8941, 3.3.5), base64 of the DER between colons. */
const fromByteSequence: Unwrap = (value) => {
  const base64 = /^:([A-Za-z0-9+/]+={0,2}):$/u.exec(value)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
};

/** One block and nothing beside it: of two, a parser would quietly take the first. */
const onePem = /^-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/u;

/** URL-encoded PEM, as nginx's `$ssl_client_escaped_cert` writes it. */
const fromEscapedPem: Unwrap = (value) => {
  try {
    const pem = decodeURIComponent(value);
    return onePem.test(pem) ? pem : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Envoy's list of `Key=value;Key=value` elements. More than one element means that a proxy appended to what came from
 * outside instead of replacing it: then nobody can say which of them was really shown, and none is taken.
 */
const fromForwardedClientCert: Unwrap = (value) => {
  const pair = /([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)(;|$)/uy;
  const found: string[] = [];
  while (pair.lastIndex < value.length) {
    const [, key, text = ""] = pair.exec(value) ?? [];
    if (key === undefined) return undefined;
    if (key.toLowerCase() === "cert") found.push(text.replaceAll(/^"|"$/gu, ""));
  }
  const [only] = found;
  return only === undefined || found.length > 1 ? undefined : fromEscapedPem(only);
};

const unwrapBy: Readonly<Record<ClientCertificateSettings["form"], Unwrap>> = {
  rfc9440: fromByteSequence,
  pem: fromEscapedPem,
  xfcc: fromForwardedClientCert,
};

/** The certificate in a header's value, or undefined where the value is not one certificate in this form. */
export function parseCertificate(form: ClientCertificateSettings["form"], value: string): X509Certificate | undefined {
  const text = unwrapBy[form](value);
  if (text === undefined) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
