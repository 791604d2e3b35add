/** Signing secrets: made, and rotated with an overlap in which old and new both sign. */
import { AdapterError } from "../../core/errors.ts";
import type { SignatureForm } from "../../core/signature/forms.ts";
import { secretProblem } from "../../core/signature/forms.ts";
import { formatSigningSecret } from "../../core/signature/keys.ts";
import { run } from "../../db/query.ts";
import { sealJson } from "../../db/sealer.ts";
import type { EndpointSecrets } from "../endpoint.ts";
import { sealContext } from "../endpoint.ts";
import { held } from "./held.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { noteChange } from "./deps.ts";
import { changeEndpoint } from "./store.ts";
import { openSecrets, webhookSettingsOf } from "./view.ts";

export interface Rotation {
  /** The receiver's own; absent: one is made. */
  readonly secret?: string | undefined;
  /** How long the one before goes on signing beside it: 0 to 7 days. */
  readonly overlapMs: number;
}

export interface Rotated {
  /** Shown this once. */
  readonly secret: string;
  /** RFC 3339; absent where the one before ended at once. */
  readonly previousValidUntil?: string;
}

/** Old secrets that may sign beside the current one: each makes every signature header longer. */
const mostOld = 5;

/** A secret in the form that the signature takes: 256 random bits. */
export function newSecret(form: SignatureForm, randomBytes: (size: number) => Buffer): string {
  const bytes = randomBytes(32);
  return form === "standard" ? formatSigningSecret(bytes) : bytes.toString("base64url");
}

function rotated(before: EndpointSecrets, secret: string, untilMs: number, nowMs: number): EndpointSecrets {
  const old = before.signing
    .filter(({ value, validUntilMs = Number.POSITIVE_INFINITY }) => value !== secret && validUntilMs > nowMs)
    .map(({ value, validUntilMs = Number.POSITIVE_INFINITY }) => ({
      value,
      validUntilMs: Math.min(validUntilMs, untilMs),
    }))
    .filter(({ validUntilMs }) => validUntilMs > nowMs);
  return { ...before, signing: [{ value: secret }, ...old.slice(0, mostOld)] };
}

export function rotate(
  deps: RegistryDeps,
  caller: RegistryCaller,
  id: string,
  { secret: given, overlapMs }: Rotation,
): Promise<Rotated> {
  const { tenant } = caller;
  return deps.pool.transaction(tenant, async (tx) => {
    const row = await held(tx, tenant, id);
    const settings = webhookSettingsOf(row);
    const secret = given ?? newSecret(settings.signature, deps.randomBytes);
    const problem = secretProblem(settings.signature, secret);
    if (problem !== undefined) throw new AdapterError("parameter_invalid", { at: "secret", message: problem });
    const nowMs = deps.now();
    const after = rotated(openSecrets(deps.sealer, tenant, row), secret, nowMs + overlapMs, nowMs);
    const sealed = sealJson(deps.sealer, after, sealContext(tenant, id));
    await run(tx, changeEndpoint, tenant, id, JSON.stringify(settings), sealed);
    await noteChange(deps, tx, caller, `rotate-secret ${id}`);
    const until = after.signing[1]?.validUntilMs;
    return until === undefined ? { secret } : { secret, previousValidUntil: new Date(until).toISOString() };
  });
}
