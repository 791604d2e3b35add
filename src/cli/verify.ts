/** `handover verify`: a webhook that a receiver refuses, judged check by check: is it the secret, the clock or the bytes? */
import { readFileSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { explainBodyForm, guessForm } from "../core/signature/explain-body-form.ts";
import type { PastedRequest, SignatureCheck } from "../core/signature/explain.ts";
import { explainStandard } from "../core/signature/explain.ts";
import type { SignatureForm } from "../core/signature/forms.ts";
import { parsePublicKey, parseSigningSecret } from "../core/signature/keys.ts";
import type { Options } from "./command.ts";
import { textOf } from "./command.ts";
import { numberOf } from "./endpoint/settings.ts";
import { table } from "./endpoint/text.ts";
import { formOf } from "./forward/receiver.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { listOf, secretsOf } from "./relay/targets.ts";
import { usageError } from "./remote/failure.ts";
import { parseMoment } from "./remote/moment.ts";
import { parseHeaders, parseRequest } from "./verify/pasted.ts";

function read(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch {
    throw usageError(`${file === "-" ? "Standard input" : `The file ${file}`} cannot be read.`);
  }
}

function requestOf(options: Options): PastedRequest {
  const [headers, body] = [textOf(options, "headers"), textOf(options, "body")];
  if ((headers === undefined) !== (body === undefined)) throw usageError("--headers and --body go together.");
  if (headers === undefined || body === undefined) return parseRequest(read(textOf(options, "request") ?? "-"));
  return { headers: parseHeaders(read(headers).toString("utf8")), body: read(body) };
}

/** Shared secrets and public keys of form `standard`. */
function keysOf(secrets: readonly string[], publicKeys: readonly string[]): readonly KeyObject[] {
  const shared = secrets.map((text) => parseSigningSecret(text) ?? parsePublicKey(text));
  const keys = [...shared, ...publicKeys.map((text) => parsePublicKey(text))];
  return keys.map((key) => {
    if (key === undefined)
      throw usageError(
        "A secret of form standard is `whsec_` and base64, a public key `whpk_` and base64: one given is neither.",
      );
    return key;
  });
}

function checksOf(form: SignatureForm, request: PastedRequest, options: Options): readonly SignatureCheck[] {
  const [secrets, publicKeys] = [secretsOf(listOf(options, "secretEnv"), ""), listOf(options, "publicKey")];
  if (secrets.length + publicKeys.length === 0)
    throw usageError("Name the variable with the secret: --secret-env NAME (or --public-key whpk_...).");
  const at = textOf(options, "at");
  const nowSeconds = (at === undefined ? Date.now() : Date.parse(parseMoment(at, Date.now()))) / 1000;
  const judge = { nowSeconds, toleranceSeconds: numberOf(options, "tolerance") ?? 300 };
  if (form !== "standard") return explainBodyForm(form, request, { ...judge, secrets });
  return explainStandard(request, { ...judge, keys: keysOf(secrets, publicKeys) });
}

/** Where the message is right and only old, that is good news: it was sent so, and looked at later. */
function advice(checks: readonly SignatureCheck[]): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ check }) => check);
  if (failed.length === 0) return "A receiver with this secret accepts it.\n";
  if (failed.join() === "timestamp")
    return "The signature is right; only the time is not. For a message that was kept: --at TIME judges it as of when it came.\n";
  return "A receiver with this secret refuses it.\n";
}

/** Exit code 1 where one check fails. */
export async function verify(options: Options, io: Io): Promise<number> {
  const request = requestOf(options);
  const form = textOf(options, "signature") === undefined ? guessForm(request.headers) : formOf(options);
  if (form === undefined) throw usageError("The headers hold neither webhook-signature nor x-webhook-signature.");
  const checks = checksOf(form, request, options);
  const ok = checks.every((each) => each.ok);
  if (options["json"] === true) io.stdout(`${JSON.stringify({ ok, form, checks }, undefined, 2)}\n`);
  else {
    const rows = checks.map((each) => [each.ok ? "ok" : "FAILS", each.check, each.detail]);
    io.stdout(`form ${form}, body of ${request.body.length} bytes\n${table(rows)}${advice(checks)}`);
  }
  return ok ? exitCodes.ok : exitCodes.failed;
}
