/** A tenant's settings of who writes its summaries: the engine, its models, what they may cost and whom they write for. */
import { z } from "zod";
import { jurisdictionIds } from "./jurisdictions.ts";
import { houseStyleSchema } from "../core/house-style/house-style.ts";

/** Secrets of a provider are named, not written; the bare names are for the demo. */
const credentials = {
  apiKeyEnv: z.string().optional(),
  apiKeyFile: z.string().optional(),
  apiKey: z.string().optional(),
  accessKeyIdEnv: z.string().optional(),
  accessKeyIdFile: z.string().optional(),
  accessKeyId: z.string().optional(),
  secretAccessKeyEnv: z.string().optional(),
  secretAccessKeyFile: z.string().optional(),
  secretAccessKey: z.string().optional(),
  sessionTokenEnv: z.string().optional(),
  sessionTokenFile: z.string().optional(),
  sessionToken: z.string().optional(),
};

/** Those that are found at an address of the hospital's choosing. */
const addressed: ReadonlySet<string> = new Set(["openai-compatible", "openai-background", "anthropic-batches"]);

const model = z
  .strictObject({
    /**
     * `openai-compatible`: any server of the chat completions API (OpenAI, Azure, vLLM, Ollama, llama.cpp).
     * `openai-background`, `anthropic-batches`: the provider works while nobody waits, and is asked again and again; it keeps
     * the request for as long. The others are reached through the AI SDK, whose packages are installed beside the adapter.
     */
    provider: z
      .enum(["openai-compatible", "openai-background", "anthropic-batches", "anthropic", "azure", "bedrock", "vertex"])
      .default("openai-compatible"),
    baseUrl: z.url().optional(),
    model: z.string().min(1),
    /** How `apiKey` is shown to an `openai-compatible` server. */
    keyHeader: z.enum(["authorization", "api-key"]).default("authorization"),
    /** Azure's resource. */
    resourceName: z.string().optional(),
    /** Bedrock's region, Vertex' location. */
    region: z.string().optional(),
    /** Google's project. */
    project: z.string().optional(),
    ...credentials,
    firstChunkTimeoutSeconds: z.number().positive().default(15),
    chunkTimeoutSeconds: z.number().positive().default(10),
    /** One call with its retries; for `anthropic-batches` up to a day makes sense. */
    totalTimeoutSeconds: z.number().positive().max(86_400).default(60),
    /** Price of a million tokens, in the currency of `budget`. */
    price: z
      .strictObject({ inputPerMillion: z.number().nonnegative(), outputPerMillion: z.number().nonnegative() })
      .optional(),
  })
  .refine(({ provider, baseUrl }) => !addressed.has(provider) || baseUrl !== undefined, {
    path: ["baseUrl"],
    message: "this provider needs its address",
  });

export const generation = z
  .strictObject({
    engine: z.enum(["template", "model"]).default("template"),
    model: model.optional(),
    /** Asked in this order where `model` could not; behind the last stands the template. */
    fallbacks: z.array(model).max(5).default([]),
    /** What a model writes; all else is computed, and so is what is not named here. */
    parts: z
      .array(z.enum(["course", "one-liner", "patient-wording"]))
      .default(["course", "one-liner", "patient-wording"]),
    /**
     * A sentence that the gate refuses is dropped, and the rules tell what it would have told. `ask-again`: the model is asked
     * for such sentences once more before that, in one call, by the facts they cited and the rules they broke.
     */
    onRefused: z.enum(["template", "ask-again"]).default("template"),
    /** Drafts of the model are made and measured, and shown to nobody; the summary is the template's. */
    shadow: z.boolean().default(false),
    /** Where set, the model writes only for stays on these units and under these clinicians. */
    pilot: z
      .strictObject({
        /** `Location/...`, `Organization/...`, or a unit's name; empty: any. */
        units: z.array(z.string().min(1)).default([]),
        /** `Practitioner/...` or `PractitionerRole/...`; empty: any. */
        clinicians: z.array(z.string().min(1)).default([]),
      })
      .optional(),
    budget: z
      .strictObject({
        /** Input and output together, of the hospital's day; beyond it the template writes. */
        tokensPerDay: z.int().positive().optional(),
        /** By the models' prices. */
        costPerDay: z.number().positive().optional(),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/u)
          .default("USD"),
        /** Calls at once, over all replicas. */
        concurrentCalls: z.int().min(1).max(1000).default(8),
        /** A call waits no longer for its place. */
        maxWaitSeconds: z.number().min(0).max(3600).default(60),
      })
      .prefault({}),
    /** Whole answers are kept sealed for so long, so that the same request is not paid for twice; 0: none is. */
    keepAnswersHours: z.number().min(0).max(168).default(24),
    /**
     * Secrets shared with providers that tell by webhook when background work has ended (`/inbound/{provider}/{tenant}`);
     * two of one provider while one is changed.
     */
    inbound: z
      .array(
        z
          .strictObject({
            provider: z.enum(["openai", "anthropic"]),
            secretEnv: z.string().optional(),
            secretFile: z.string().optional(),
            secret: z.string().min(16).optional(),
          })
          .refine(
            ({ secretEnv, secretFile, secret }) => [secretEnv, secretFile, secret].some((each) => each !== undefined),
            "needs secretEnv or secretFile",
          ),
      )
      .max(8)
      .default([]),
    /** Document type, section codes, titles and paper. Default: that of the language (`de`: `eu`), else `us`. */
    jurisdiction: z.enum(jurisdictionIds).optional(),
    /** The hospital's own titles, order and texts, for new drafts; see `handover style`. */
    style: houseStyleSchema.optional(),
    autoDraftOn: z.array(z.enum(["encounter-discharge"])).default(["encounter-discharge"]),
    enabled: z.boolean().default(true),
  })
  .refine((value) => value.engine === "template" || value.model !== undefined, "engine `model` needs `model`")
  .refine(
    ({ model: first, fallbacks }) =>
      new Set([first, ...fallbacks].map((each) => each?.model)).size === fallbacks.length + 1,
    {
      path: ["fallbacks"],
      message: "two models have the same name",
    },
  );

/** One model as a tenant names it. */
export type ModelSettings = z.infer<typeof model>;
export type GenerationSettings = z.infer<typeof generation>;
