/** `handover doctor`: looks everything over that must hold before the adapter can work, and changes nothing. */
import type { LoadInput } from "../config/load.ts";
import type { Check } from "./doctor/check.ts";
import { checkConfiguration } from "./doctor/configuration.ts";
import { checkDatabase } from "./doctor/database.ts";
import { checkEgress } from "./doctor/egress.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";

export interface DoctorCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly json: boolean;
}

/** Exit code 0 when every check holds, else 1. */
export async function doctor({ flags, json }: DoctorCommand, io: Io): Promise<number> {
  const { checks: first, config } = checkConfiguration(flags);
  const rest = config === undefined ? [] : (await Promise.all([checkDatabase(config), checkEgress(config)])).flat();
  const checks = [...first, ...rest];
  const ok = checks.every((check) => check.ok);
  if (json) io.stdout(`${JSON.stringify({ ok, checks }, undefined, 2)}\n`);
  else io.stdout(`${checks.map(line).join("")}${lastLine(checks)}`);
  return ok ? exitCodes.ok : exitCodes.failed;
}

function line({ name, ok, found, fix }: Check): string {
  const head = `  ${ok ? "ok    " : "FAILED"}  ${name.padEnd(14)} ${found.replaceAll("\n", "\n".padEnd(26))}\n`;
  return fix === undefined ? head : `${head}${"".padEnd(25)}Fix: ${fix}\n`;
}

function lastLine(checks: readonly Check[]): string {
  const failed = checks.filter((check) => !check.ok).length;
  return failed === 0 ? `\nAll ${checks.length} checks hold.\n` : `\n${failed} of ${checks.length} checks failed.\n`;
}
