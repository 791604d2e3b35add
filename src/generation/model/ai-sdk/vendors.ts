/** The vendors that are reached through the AI SDK: optional packages, loaded when a tenant names one. */
import type * as AiSdk from "ai";
import type { LanguageModel } from "ai";
import { AdapterError } from "../../../core/errors.ts";

export const vendorNames = ["anthropic", "azure", "bedrock", "vertex"] as const;
export type VendorName = (typeof vendorNames)[number];

/** What a vendor's client is made from; each takes what it knows. */
export interface VendorSettings {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Azure's resource. */
  readonly resourceName?: string;
  /** Bedrock's region, Vertex' location. */
  readonly region?: string;
  /** Google's project. */
  readonly project?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Checked fetch of the outbound wall. */
  readonly fetch?: typeof fetch;
}

interface Vendor {
  readonly package: string;
  readonly install: string;
  /** Exported function that makes the client. */
  readonly factory: string;
  readonly options: (settings: VendorSettings) => Readonly<Record<string, unknown>>;
}

const shared = ({ baseUrl, apiKey, fetch }: VendorSettings): Readonly<Record<string, unknown>> => ({
  ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(fetch === undefined ? {} : { fetch }),
});

const vendors: Readonly<Record<VendorName, Vendor>> = {
  anthropic: {
    package: "@ai-sdk/anthropic",
    install: "ai@7 @ai-sdk/anthropic@4",
    factory: "createAnthropic",
    options: shared,
  },
  azure: {
    package: "@ai-sdk/azure",
    install: "ai@7 @ai-sdk/azure@4",
    factory: "createAzure",
    options: ({ resourceName, ...rest }) => ({
      ...shared(rest),
      ...(resourceName === undefined ? {} : { resourceName }),
    }),
  },
  bedrock: {
    package: "@ai-sdk/amazon-bedrock",
    install: "ai@7 @ai-sdk/amazon-bedrock@5",
    factory: "createAmazonBedrock",
    options: ({ region, accessKeyId, secretAccessKey, sessionToken, ...rest }) => ({
      ...shared(rest),
      ...Object.fromEntries(
        Object.entries({ region, accessKeyId, secretAccessKey, sessionToken }).filter(
          ([, value]) => value !== undefined,
        ),
      ),
    }),
  },
  vertex: {
    package: "@ai-sdk/google-vertex",
    install: "ai@7 @ai-sdk/google-vertex@5",
    factory: "createGoogleVertex",
    options: ({ region, project, ...rest }) => ({
      ...shared(rest),
      ...(region === undefined ? {} : { location: region }),
      ...(project === undefined ? {} : { project }),
    }),
  },
};

/** Loads a module by name. */
export type LoadModule = (name: string) => Promise<unknown>;

const load: LoadModule = (name) => import(name);

function missing({ install }: Vendor, cause: unknown): AdapterError {
  return new AdapterError("configuration_invalid", {
    message: `The packages for this model's provider are not installed: npm install ${install}`,
    cause,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}

async function required(vendor: Vendor, name: string, loadModule: LoadModule): Promise<unknown> {
  try {
    return await loadModule(name);
  } catch (error) {
    throw isMissing(error) ? missing(vendor, error) : error;
  }
}

function callable(module: unknown, name: string): (...given: readonly unknown[]) => unknown {
  const found: unknown = typeof module === "object" && module !== null ? Reflect.get(module, name) : undefined;
  if (typeof found !== "function")
    throw new AdapterError("configuration_invalid", { message: `The provider's package has no ${name}.` });
  return (...given) => Reflect.apply(found, undefined, given);
}

/**
 * The vendor's model, as the AI SDK sees it.
 *
 * @throws AdapterError configuration_invalid, naming what to install, where its packages are absent
 */
export async function loadVendorModel(
  name: VendorName,
  model: string,
  settings: VendorSettings,
  loadModule: LoadModule = load,
): Promise<LanguageModel> {
  const vendor = vendors[name];
  const client = callable(await required(vendor, vendor.package, loadModule), vendor.factory)(vendor.options(settings));
  if (typeof client !== "function")
    throw new AdapterError("configuration_invalid", { message: "The provider's package makes no client." });
  // The packages are not among our own, so nothing here knows their types.
  return Reflect.apply(client, undefined, [model]) as LanguageModel;
}

/** @throws AdapterError configuration_invalid, naming what to install, where the AI SDK is absent */
export async function loadAiSdk(name: VendorName, loadModule: LoadModule = load): Promise<typeof AiSdk> {
  return (await required(vendors[name], "ai", loadModule)) as typeof AiSdk;
}
