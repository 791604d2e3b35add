/** Judges a published key set: can signatures be verified by it, and does it give nothing away? */
import { z } from "zod";

export const keySetSchema = z.object({
  keys: z.array(
    z.looseObject({
      kty: z.string(),
      kid: z.string().optional(),
      crv: z.string().optional(),
      alg: z.string().optional(),
      use: z.string().optional(),
      n: z.string().optional(),
    }),
  ),
});
export type KeySet = z.infer<typeof keySetSchema>;
type Key = KeySet["keys"][number];

export interface KeyFault {
  readonly found: string;
  readonly fix: string;
}

/** RFC 7518, sections 6.2.2, 6.3.2 and 6.4: what only the signer may know. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const curves: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521", EdDSA: "Ed25519" };
/** RFC 7518, section 3.3: a key of 2048 bits or more; in base64url without padding. */
const LEAST_MODULUS_CHARACTERS = Math.floor((2048 / 8) * (4 / 3));

/** True where the key can have made signatures of this algorithm. */
function fits(key: Key, alg: string): boolean {
  if (key.use !== undefined && key.use !== "sig") return false;
  if (key.alg !== undefined) return key.alg === alg;
  const curve = Object.hasOwn(curves, alg) ? curves[alg] : undefined;
  return curve === undefined ? key.kty === "RSA" : key.crv === curve;
}

/** Everything that is wrong with the set, the gravest first. @param algs one of these must have a key */
export function keyFaults({ keys }: KeySet, algs: readonly string[]): readonly KeyFault[] {
  const kids = keys.map(({ kid }) => kid);
  const exposed = keys.filter((key) => privateMembers.some((member) => Object.hasOwn(key, member)));
  const double = kids.filter((kid, at) => kid !== undefined && kids.indexOf(kid) !== at);
  const weak = keys.filter(({ kty, n = "" }) => kty === "RSA" && n.length < LEAST_MODULUS_CHARACTERS);
  const faults: readonly (KeyFault | false)[] = [
    exposed.length > 0 && {
      found: `publishes private members: ${exposed.map(({ kid }) => kid ?? "a key without kid").join(", ")}`,
      fix: "Whoever has read it can sign as that system. Have the key revoked and replaced now, and only public members published.",
    },
    keys.length === 0 && { found: "holds no key", fix: "Ask its owner to publish the signing key." },
    kids.includes(undefined) && {
      found: "holds a key without kid, which no signature can name",
      fix: "Ask its owner to give each key a kid of its own.",
    },
    double.length > 0 && {
      found: `uses one kid for several keys: ${[...new Set(double)].join(", ")}`,
      fix: "Ask its owner to give each key a kid of its own.",
    },
    weak.length > 0 && {
      found: "holds an RSA key of less than 2048 bits",
      fix: "Ask its owner for a longer key: signatures by this one are refused.",
    },
    keys.length > 0 &&
      !algs.some((alg) => keys.some((key) => fits(key, alg))) && {
        found: `holds no key for ${algs.join(" or ")}`,
        fix: "Agree on an algorithm with its owner, and write it into `algs` of the issuer.",
      },
  ];
  return faults.filter((fault) => fault !== false);
}
