/** What `npm pack` would put into a package, without packing it. */
import { spawnSync } from "node:child_process";
import { z } from "zod";

const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string(), size: z.int() })) })]);

export function npmPack(folder: string) {
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  const [{ files }] = packed.parse(JSON.parse(stdout));
  return files;
}
