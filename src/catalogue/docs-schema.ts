/** As much of an OpenAPI document as the page at /docs shows. The document is made by us; what is not read here is passed over. */
import { z } from "zod";

export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
}

/** A schema that this page cannot read is shown as `any`: a page must not keep the adapter from starting. */
const schema: z.ZodType<Schema> = z.lazy(() => readable).catch({});

const readable: z.ZodType<Schema> = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  items: schema.optional(),
  properties: z.record(z.string(), schema).optional(),
  required: z.array(z.string()).optional(),
  anyOf: z.array(schema).optional(),
  oneOf: z.array(schema).optional(),
});

const content = z.record(z.string(), z.object({ schema: schema.optional() })).optional();

const operation = z.object({
  operationId: z.string().optional(),
  summary: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        description: z.string().optional(),
        schema: schema.optional(),
      }),
    )
    .optional(),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string().optional(), content })).optional(),
});
export type Operation = z.output<typeof operation>;

const item = z.object({
  get: operation.optional(),
  post: operation.optional(),
  put: operation.optional(),
  patch: operation.optional(),
  delete: operation.optional(),
});

export const apiDocument = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string().optional() }),
  paths: z.record(z.string(), item).optional(),
  components: z.object({ schemas: z.record(z.string(), schema).optional() }).optional(),
});
export type ApiDocument = z.output<typeof apiDocument>;

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** Members of an object; none for anything else. */
export function fieldsOf({ properties = {}, required = [] }: Schema): readonly Field[] {
  return Object.entries(properties).map(([name, own]) => ({ name, required: required.includes(name), schema: own }));
}

const nameIn = (reference: string): string => reference.split("/").at(-1) ?? reference;

/** What a schema asks for in a few words, and the shape that it names, where it names one. */
export function typeOf(of: Schema): { readonly words: string; readonly name?: string } {
  if (of.$ref !== undefined) return { words: nameIn(of.$ref), name: nameIn(of.$ref) };
  if (of.items !== undefined) {
    const { words, name } = typeOf(of.items);
    return { words: `list of ${words}`, ...(name === undefined ? {} : { name }) };
  }
  if (of.const !== undefined) return { words: JSON.stringify(of.const) };
  if (of.enum !== undefined) return { words: of.enum.map((word) => JSON.stringify(word)).join(" or ") };
  const choices = of.anyOf ?? of.oneOf;
  if (choices !== undefined) return { words: [...new Set(choices.map((one) => typeOf(one).words))].join(" or ") };
  const type = [of.type ?? []].flat().join(" or ");
  return { words: [type === "" ? "any" : type, ...(of.format === undefined ? [] : [`(${of.format})`])].join(" ") };
}
