/** Authorisation and TLS of an endpoint as the file writes them: secrets and certificates are named, not written. */
import { z } from "zod";
import type { Authorization, TlsTrust } from "../core/delivery/access.ts";
import {
  authorizationSchema,
  authorizationSecrets,
  awsShape,
  basicShape,
  bearerShape,
  oauth2Shape,
  pins,
  smartBackendShape,
  tlsTrustSchema,
} from "../core/delivery/access.ts";
import type { SecretName, Secrets } from "./secrets.ts";

/** `<name>Env` or `<name>File`; the bare name is for the demo. */
function reference<Name extends SecretName>(name: Name) {
  const optional = z.string().min(1).optional();
  return { [`${name}Env`]: optional, [`${name}File`]: optional, [name]: optional } as Record<
    `${Name}Env` | `${Name}File` | Name,
    typeof optional
  >;
}

export const fileAuthorizationSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...bearerShape, ...reference("token") }),
  z.strictObject({ ...basicShape, ...reference("password") }),
  z.strictObject({ ...oauth2Shape, ...reference("clientSecret") }),
  z.strictObject(smartBackendShape),
  z.strictObject({
    ...awsShape,
    ...reference("accessKeyId"),
    ...reference("secretAccessKey"),
    ...reference("sessionToken"),
  }),
]);

export const fileTlsSchema = z.strictObject({
  /** PEM of a private CA, trusted for this endpoint in the place of the public ones. */
  caFile: z.string().optional(),
  /** SHA-256 fingerprints of certificates that may stand there and no other. */
  pinnedSha256: pins.optional(),
  /** PEM of the certificate that we show. */
  clientCertFile: z.string().optional(),
  ...reference("clientKey"),
});

type FileAuthorization = z.infer<typeof fileAuthorizationSchema>;
type FileTls = z.infer<typeof fileTlsSchema>;

/** The secrets that an authorisation of the file needs. */
export function secretsOfAuthorization({
  type,
}: FileAuthorization): readonly { readonly name: SecretName; readonly required: boolean }[] {
  return authorizationSecrets[type].map((name) =>
    name === "sessionToken?" ? { name: "sessionToken", required: false } : { name, required: true },
  );
}

/** @throws ZodError where a secret that it needs cannot be found; the start has checked that before */
export function resolveAuthorization(written: FileAuthorization, secrets: Secrets): Authorization {
  const open = Object.entries(written).filter(([name]) => !/(?:Env|File)$/u.test(name));
  const found = secretsOfAuthorization(written).flatMap(({ name }) => {
    const value = secrets.get(name, written);
    return value === undefined ? [] : [[name, value] as const];
  });
  return authorizationSchema.parse({ ...Object.fromEntries(open), ...Object.fromEntries(found) });
}

/** @throws where a file cannot be read */
export function resolveTls(written: FileTls, secrets: Secrets, readFile: (path: string) => string): TlsTrust {
  const { caFile, pinnedSha256, clientCertFile } = written;
  return tlsTrustSchema.parse({
    ca: caFile === undefined ? undefined : readFile(caFile),
    pinnedSha256,
    clientCertificate: clientCertFile === undefined ? undefined : readFile(clientCertFile),
    clientKey: secrets.get("clientKey", written),
  });
}
