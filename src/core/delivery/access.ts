/** How an endpoint wants to be called besides the signature: who we are to it (authorisation), and whom we take it for (TLS). */
import { z } from "zod";

const text = z.string().min(1).max(8192);
const address = z.url({ protocol: /^https?$/u }).max(2048);
const scopes = z.string().min(1).max(2048);

/** A fixed token (RFC 6750). */
export const bearerShape = { type: z.literal("bearer") };
/** RFC 7617. */
export const basicShape = { type: z.literal("basic"), username: z.string().min(1).max(256) };
/** Client credentials (RFC 6749, section 4.4) with a shared secret. */
export const oauth2Shape = {
  type: z.literal("oauth2"),
  tokenUrl: address,
  clientId: text,
  scopes: scopes.optional(),
  /** Some servers want to know for whom the token is. */
  audience: text.optional(),
  /** How the client shows its secret: in the Authorization header, or in the form. */
  clientAuth: z.enum(["basic", "post"]).default("basic"),
};
/** SMART Backend Services: client credentials with an assertion signed by our own key. */
export const smartBackendShape = {
  type: z.literal("smart-backend"),
  clientId: text,
  scopes,
  /** Found by discovery at `fhirBaseUrl` where it is not given. */
  tokenUrl: address.optional(),
  /** Default: the tenant's own EHR. */
  fhirBaseUrl: address.optional(),
  alg: z.enum(["ES384", "RS384"]).default("ES384"),
};
/** AWS Signature Version 4. */
export const awsShape = {
  type: z.literal("aws-sigv4"),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/u),
  service: z.string().regex(/^[a-z0-9-]{1,64}$/u),
};

/** The secrets of each kind; those that end in `?` may be absent. */
export const authorizationSecrets = {
  bearer: ["token"],
  basic: ["password"],
  oauth2: ["clientSecret"],
  "smart-backend": [],
  "aws-sigv4": ["accessKeyId", "secretAccessKey", "sessionToken?"],
} as const;

export const authorizationSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...bearerShape, token: text }),
  z.strictObject({ ...basicShape, password: text }),
  z.strictObject({ ...oauth2Shape, clientSecret: text }),
  z.strictObject(smartBackendShape),
  z.strictObject({ ...awsShape, accessKeyId: text, secretAccessKey: text, sessionToken: text.optional() }),
]);

/** With its secrets: as it is sealed, and as the API is given it. */
export type Authorization = z.infer<typeof authorizationSchema>;

/** Of certificates that may stand there and no other: SHA-256 of the DER, hexadecimal, with or without colons. */
export const pins = z
  .array(z.string().regex(/^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/iu, "a SHA-256 fingerprint in hexadecimal"))
  .nonempty()
  .max(10);
const pem = z.string().max(65_536);

export const tlsTrustSchema = z.strictObject({
  /** PEM of a private CA, trusted for this endpoint in the place of the public ones. */
  ca: pem.optional(),
  pinnedSha256: pins.optional(),
  /** PEM of the certificate that we show, and its chain. */
  clientCertificate: pem.optional(),
  clientKey: pem.optional(),
});

export type TlsTrust = z.infer<typeof tlsTrustSchema>;

/** What may be shown of it: everything but the secrets. */
export function publicAuthorization(authorization: Authorization): Readonly<Record<string, unknown>> {
  const secret: ReadonlySet<string> = new Set(
    authorizationSecrets[authorization.type].map((name) => name.replace("?", "")),
  );
  return Object.fromEntries(Object.entries(authorization).filter(([name]) => !secret.has(name)));
}
