/** X.509 certificates made while a test runs (RFC 5280), as good or as bad as the test needs them. */
import type { KeyObject } from "node:crypto";
import { X509Certificate, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const text = (value: string): Buffer => Buffer.from(value, "latin1");

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = rest.flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const name = (common: string): Buffer =>
  sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, Buffer.from(common, "utf8")))));
const time = (at: Date): Buffer => tlv(0x18, text(at.toISOString().replaceAll(/[-:T]|\.\d+/gu, "")));
const TRUE = tlv(0x01, Buffer.from([0xff]));
const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), tlv(0x04, value));

const purposes = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" } as const;
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";

export interface CertificateInput {
  readonly commonName: string;
  /** `DNS:ehr.example`, `URI:https://ehr.example`. */
  readonly names?: readonly string[];
  readonly purpose?: keyof typeof purposes;
  readonly ca?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Itself, where absent. */
  readonly issuer?: MadeCertificate;
}

export interface MadeCertificate {
  readonly pem: string;
  readonly der: Buffer;
  /** PKCS #8 PEM. */
  readonly key: string;
  readonly privateKey: KeyObject;
  readonly commonName: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const DAY_MS = 86_400_000;

function extensionsOf({ names = [], purpose, ca = false }: CertificateInput): Buffer {
  const general = names.map((entry) => tlv(entry.startsWith("URI:") ? 0x86 : 0x82, text(entry.slice(4))));
  return sequence(
    extension("2.5.29.19", sequence(...(ca ? [TRUE] : [])), true),
    ...(general.length === 0 ? [] : [extension("2.5.29.17", sequence(...general))]),
    ...(purpose === undefined ? [] : [extension("2.5.29.37", sequence(oid(purposes[purpose])))]),
  );
}

/** A certificate on a key of its own (P-256), signed by `issuer`. */
export function makeCertificate(input: CertificateInput): MadeCertificate {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const toBeSigned = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name(input.issuer?.commonName ?? input.commonName),
    sequence(
      time(input.notBefore ?? new Date(Date.now() - DAY_MS)),
      time(input.notAfter ?? new Date(Date.now() + DAY_MS)),
    ),
    name(input.commonName),
    pair.publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, extensionsOf(input)),
  );
  const signature = sign("sha256", toBeSigned, input.issuer?.privateKey ?? pair.privateKey);
  const der = sequence(toBeSigned, algorithm, tlv(0x03, Buffer.from([0]), signature));
  return {
    pem: new X509Certificate(der).toString(),
    der,
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    privateKey: pair.privateKey,
    commonName: input.commonName,
    sha256: createHash("sha256").update(der).digest("hex"),
  };
}
