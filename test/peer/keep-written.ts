/** What the adapter wrote into the foreign server, as files: for other judges, such as `npm run oracle -- --resources DIR`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resourceOf } from "./foreign-server.ts";
import type { Hospital } from "./hospital.ts";

/** One file a resource, and one a PDF that it carries. Returns how many there are. */
export async function keepWritten(folder: string, hospitals: readonly Hospital[]): Promise<number> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  const keep = async (name: string, content: string | Uint8Array): Promise<void> => {
    count += 1;
    await writeFile(join(folder, `${String(count).padStart(3, "0")}-${name}`), content);
  };
  for (const text of hospitals.flatMap(({ door }) => door.passed.flatMap(({ written }) => written ?? []))) {
    const resource = resourceOf(text);
    await keep(`${resource.resourceType}.json`, text);
    if (resource.resourceType !== "DocumentReference") continue;
    for (const { attachment } of resource.content)
      if (attachment.contentType === "application/pdf")
        await keep("attachment.pdf", Buffer.from(attachment.data ?? "", "base64"));
  }
  return count;
}
