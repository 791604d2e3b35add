/** One JSON file of the program's own data, checked: a faulty one stops the start with its name and the element's. */
import type { z } from "zod";

/**
 * @param file its name; without `.json` it is the `id` within
 * @throws Error
 */
export function readDataFile<T extends { readonly id: string }>(file: string, text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`${file}: ${problems.join("; ")}`);
  }
  if (`${parsed.data.id}.json` !== file) throw new Error(`${file}: its id is ${parsed.data.id}`);
  return parsed.data;
}
