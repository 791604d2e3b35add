/** A tenant's models as its settings name them. */
import type { ModelSettings } from "../config/generation-schema.ts";
import type { Secrets } from "../config/secrets.ts";
import { AdapterError } from "../core/errors.ts";
import { createAiSdkProvider } from "../generation/model/ai-sdk/ai-sdk.ts";
import type { VendorSettings } from "../generation/model/ai-sdk/vendors.ts";
import { createAnthropicBatchesProvider } from "../generation/model/background/anthropic-batches.ts";
import { createOpenAiBackgroundProvider } from "../generation/model/background/openai-background.ts";
import type { ModelTimeouts } from "../generation/model/call/deadline.ts";
import { createOpenAiCompatibleProvider } from "../generation/model/openai-compatible/openai-compatible.ts";
import type { ModelProvider } from "../generation/model/provider.ts";

const timeoutsOf = (model: ModelSettings): ModelTimeouts => ({
  firstChunkTimeoutMs: model.firstChunkTimeoutSeconds * 1000,
  chunkTimeoutMs: model.chunkTimeoutSeconds * 1000,
  totalTimeoutMs: model.totalTimeoutSeconds * 1000,
});

/** Only what is there: a client that is handed `undefined` looks into the environment. */
function present<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function vendorSettings(model: ModelSettings, secrets: Secrets, fetch: typeof globalThis.fetch): VendorSettings {
  const { baseUrl, resourceName, region, project } = model;
  return present<VendorSettings>({
    baseUrl,
    resourceName,
    region,
    project,
    apiKey: secrets.get("apiKey", model),
    accessKeyId: secrets.get("accessKeyId", model),
    secretAccessKey: secrets.get("secretAccessKey", model),
    sessionToken: secrets.get("sessionToken", model),
    fetch,
  });
}

function addressOf({ baseUrl }: ModelSettings): string {
  // The schema asks for it; a provider of another kind never comes here.
  if (baseUrl === undefined) throw new AdapterError("configuration_invalid", { at: "generation.model.baseUrl" });
  return baseUrl;
}

/** Who is asked, in words: an address, or a vendor and where it is reached. */
export function serverOf({ provider, baseUrl, resourceName, region }: ModelSettings): string {
  return baseUrl === undefined ? [provider, resourceName, region].filter(Boolean).join("/") : new URL(baseUrl).origin;
}

/** The provider behind one entry of the settings, calling out through `fetch` alone. */
export function providerOf(model: ModelSettings, secrets: Secrets, fetch: typeof globalThis.fetch): ModelProvider {
  const timeouts = timeoutsOf(model);
  const apiKey = secrets.get("apiKey", model);
  const keyed = apiKey === undefined ? {} : { apiKey };
  switch (model.provider) {
    case "openai-compatible": {
      const { model: name, keyHeader } = model;
      return createOpenAiCompatibleProvider({
        baseUrl: addressOf(model),
        model: name,
        keyHeader,
        fetch,
        timeouts,
        ...keyed,
      });
    }
    case "openai-background":
    case "anthropic-batches": {
      const { totalTimeoutMs } = timeouts;
      const create =
        model.provider === "openai-background" ? createOpenAiBackgroundProvider : createAnthropicBatchesProvider;
      return create({ baseUrl: addressOf(model), model: model.model, fetch, totalTimeoutMs, ...keyed });
    }
    default:
      return createAiSdkProvider({
        vendor: model.provider,
        model: model.model,
        settings: vendorSettings(model, secrets, fetch),
        timeouts,
      });
  }
}
