/** The members of a write profile: what is sent, in which form, by whom, and how it is found again. */
import { z } from "zod";

export const writeSettings = z.strictObject({
  when: z.enum(["signed", "preliminary-and-signed", "never"]),
  /** By whose token: the adapter's own, or the signer's; once that one has ended, the document waits for the next launch. */
  credential: z.enum(["system", "user"]),
  /** LOINC code, or `system|code` of the EHR's own; absent: the jurisdiction's. */
  type: z.string().min(1).optional(),
  /** One attachment each, all of the same document. */
  contentTypes: z.array(z.string()).nonempty(),
  /** `final-only`: the EHR takes no drafts and knows no other word than `final`. */
  docStatus: z.enum(["spec", "final-only"]),
  /** `provenance-only`: the EHR refuses labels that its terminology does not know (`AIAST`). */
  aiLabel: z.enum(["security-label", "provenance-only"]),
  /** `signer`: the EHR takes practitioners only; the software is then named in the text, and in the Provenance. */
  author: z.enum(["software-and-signer", "signer"]),
  /** `system-only`: not sent with the signer's token. */
  authenticator: z.enum(["always", "system-only"]),
  /** Whether a Provenance goes beside the document: where the token may create one, or never. */
  provenance: z.enum(["where-granted", "never"]),
  /** Document, Device and Provenance at once, where the EHR lists `transaction` and the token covers them; else one by one. */
  transaction: z.enum(["where-offered", "never"]),
  /** `If-None-Exist` by the document's identifier; else the EHR is searched before each create. */
  conditionalCreate: z.boolean(),
  /** `stay`: the EHR drops our identifier; a document is known again by its stay, type and time of signature. */
  findBy: z.enum(["identifier", "stay"]),
  /** Profiles that the document says it follows (`meta.profile`). */
  profiles: z.array(z.url()),
  /** Most bytes that one attachment may have, before base64. */
  maxBytes: z.int().positive(),
});
export type WriteSettings = z.infer<typeof writeSettings>;
