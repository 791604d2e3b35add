/**
 * Provider for models behind the AI SDK (Anthropic, Azure, Bedrock, Vertex). The SDK's telemetry is switched off for each
 * call, whatever else in the process registered, and its errors, which carry the whole request, end here.
 */
import type * as AiSdk from "ai";
import type { LanguageModel } from "ai";
import { AdapterError } from "../../../core/errors.ts";
import type { PatienceOptions } from "../call/patient-provider.ts";
import { createPatientProvider } from "../call/patient-provider.ts";
import { failureOfStatus, ModelFailure, retryAfterMs, unreachable } from "../failure.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "../provider.ts";
import { sampling } from "../provider.ts";
import type { LoadModule, VendorName, VendorSettings } from "./vendors.ts";
import { loadAiSdk, loadVendorModel } from "./vendors.ts";

export interface AiSdkOptions extends PatienceOptions {
  readonly vendor: VendorName;
  readonly model: string;
  readonly settings: VendorSettings;
  readonly now?: () => number;
  /** Default: `import()`; tests hand in modules of their own. */
  readonly loadModule?: LoadModule;
}

type Sdk = typeof AiSdk;

/** Nothing of the error itself is kept: `requestBodyValues` is the chart, `responseBody` may quote it. */
function failureOf(error: unknown, sdk: Sdk, now: number): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (sdk.APICallError.isInstance(error)) {
    const { statusCode, responseHeaders } = error;
    if (statusCode === undefined) return unreachable(error);
    return failureOfStatus(statusCode, retryAfterMs(responseHeaders?.["retry-after"], now));
  }
  return new ModelFailure("cut-off", "the client reported an error in the stream");
}

function requireStop(reason: string): void {
  if (reason === "stop") return;
  if (reason === "length") throw new ModelFailure("too-long", "finish reason length");
  if (reason === "content-filter") throw new ModelFailure("withheld", "finish reason content-filter");
  throw new ModelFailure("cut-off", "no finish reason of a whole answer");
}

function callOf(sdk: Sdk, model: LanguageModel, prompt: ModelPrompt) {
  return sdk.streamText({
    model,
    instructions: prompt.system,
    prompt: prompt.user,
    output: sdk.Output.object({ schema: sdk.jsonSchema(prompt.schema) }),
    maxOutputTokens: prompt.maxOutputTokens,
    ...sampling,
    // Whether to try again is decided in one place, and by the kind of the failure.
    maxRetries: 0,
    abortSignal: prompt.signal,
    headers: { "x-request-id": prompt.requestId },
    providerOptions: { openai: { store: false }, azure: { store: false } },
    telemetry: { isEnabled: false, recordInputs: false, recordOutputs: false },
    // The default prints the whole error, request included, to the console.
    onError: () => undefined,
  });
}

async function* streamOnce(
  sdk: Sdk,
  model: LanguageModel,
  prompt: ModelPrompt,
  { model: name, now = Date.now }: AiSdkOptions,
): AsyncGenerator<string, ModelCompletion> {
  let completion: ModelCompletion | undefined;
  try {
    for await (const part of callOf(sdk, model, prompt).stream) {
      if (part.type === "error") throw failureOf(part.error, sdk, now());
      if (part.type === "abort") prompt.signal.throwIfAborted();
      if (part.type === "text-delta" && part.text !== "") yield part.text;
      if (part.type !== "finish") continue;
      requireStop(part.finishReason);
      const { inputTokens, outputTokens } = part.totalUsage;
      const counted = inputTokens !== undefined && outputTokens !== undefined;
      completion = { model: name, ...(counted ? { usage: { inputTokens, outputTokens } } : {}) };
    }
  } catch (error) {
    prompt.signal.throwIfAborted();
    throw error instanceof AdapterError ? error : failureOf(error, sdk, now());
  }
  if (completion === undefined) throw new ModelFailure("cut-off", "the stream ended without a finish");
  return completion;
}

/** The vendor's packages are loaded at the first call; their absence is an error of that call that says what to install. */
export function createAiSdkProvider(options: AiSdkOptions): ModelProvider {
  const { vendor, model: name, settings, loadModule } = options;
  let loaded: Promise<readonly [Sdk, LanguageModel]> | undefined;
  const load = (): Promise<readonly [Sdk, LanguageModel]> =>
    Promise.all([loadAiSdk(vendor, loadModule), loadVendorModel(vendor, name, settings, loadModule)]);
  const once: ModelProvider = {
    provider: vendor,
    model: name,
    async *stream(prompt) {
      loaded ??= load();
      const [sdk, model] = await loaded.catch((error: unknown) => {
        // Somebody may install them meanwhile.
        loaded = undefined;
        throw error;
      });
      return yield* streamOnce(sdk, model, prompt, options);
    },
  };
  return createPatientProvider(once, options);
}
