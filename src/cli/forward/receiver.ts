/** One receiver that this machine can reach, and a webhook to it: signed and framed as the adapter's own engine does. */
import { readFileSync } from "node:fs";
import type { Exchange } from "../../core/delivery/outcome.ts";
import type { SignatureForm } from "../../core/signature/forms.ts";
import { createSigner, secretProblem, signatureForms } from "../../core/signature/forms.ts";
import { exchange } from "../../delivery/exchange.ts";
import { createEgressClient } from "../../egress/client.ts";
import { postOver } from "../../egress/post.ts";
import type { Options } from "../command.ts";
import { textOf } from "../command.ts";
import { wholeOf } from "../endpoint/settings.ts";
import { usageError } from "../remote/failure.ts";

export interface Receiver {
  readonly url: string;
  /** One attempt. Never throws: a failure is a value. */
  post(id: string, body: Uint8Array, signal: AbortSignal, more?: Readonly<Record<string, string>>): Promise<Exchange>;
  close(): Promise<void>;
}

export interface ReceiverSettings {
  readonly url: string;
  readonly form: SignatureForm;
  /** Valid secrets, current first: during a rotation the old one signs beside it. */
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** PEM of CAs trusted besides the public ones. */
  readonly ca?: string;
}

/** Whoever runs the command names the address, and it is meant to lie inside their network: the wall has nothing to guard. */
const everywhere = { allow: ["0.0.0.0/0", "::/0"], allowHttp: true } as const;

export function createReceiver({ url, form, secrets, headers, timeoutMs, ca }: ReceiverSettings): Receiver {
  const client = createEgressClient({ ...everywhere, timeoutMs, ...(ca === undefined ? {} : { ca }) });
  const post = postOver(client);
  const sign = createSigner(form, { secrets });
  return {
    url,
    async post(id, body, signal, more = {}) {
      const signed = {
        ...headers,
        ...more,
        "content-type": "application/cloudevents+json",
        "user-agent": "Handover-Webhooks/1",
        ...sign({ id, timeMs: Date.now(), body }),
      };
      return exchange(post, { url, headers: signed, body, timeoutMs }, signal);
    },
    close: () => client.close(),
  };
}

/** The form that `--signature` names. */
export function formOf(options: Options): SignatureForm {
  const text = textOf(options, "signature") ?? "standard";
  const form = signatureForms.find((each) => each === text);
  if (form === undefined) throw usageError(`--signature takes one of ${signatureForms.join(", ")}.`);
  return form;
}

/** @throws RemoteFailure (usage) for what is no URL, or a secret that the form cannot be signed with */
export function checkReceiver({ url, form, secrets }: Pick<ReceiverSettings, "url" | "form" | "secrets">): void {
  if (!URL.canParse(url) || !/^https?:$/u.test(new URL(url).protocol))
    throw usageError("The receiver's address is not an http or https URL.");
  const { username, password } = new URL(url);
  if (username !== "" || password !== "")
    throw usageError("The receiver's URL holds a password: addresses stand in logs. Give a header with --header-env.");
  const problem = secrets.map((secret) => secretProblem(form, secret)).find((each) => each !== undefined);
  if (problem !== undefined) throw usageError(`The secret cannot be used: ${problem}.`);
}

/** For one attempt, as `--timeout` says it. */
export function timeoutMsOf(options: Options): number {
  return wholeOf(options, "timeout", { least: 1, most: 300, otherwise: 15 }) * 1000;
}

export function caOf(options: Options): { readonly ca?: string } {
  const file = textOf(options, "caFile");
  if (file === undefined) return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch {
    throw usageError(`The CA file ${file} cannot be read.`);
  }
}
