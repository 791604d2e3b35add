/** The configuration file's JSON Schema (draft 2020-12): the published, full list of its settings. */
import { z } from "zod";
import { fileSchema } from "./tenant-schema.ts";

/** `publicUrl` makes the schema's `$id`. */
export function configJsonSchema(publicUrl: string): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(fileSchema, { io: "input", target: "draft-2020-12" }),
    $id: `${publicUrl}/config.schema.json`,
    title: "Handover configuration file",
  };
}
