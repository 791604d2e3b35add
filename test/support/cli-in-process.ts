/** Runs `handover ...` in the test's own process: a fifth of a process's time, for the commands that end by themselves. */
import { runCli } from "../../src/cli/program.ts";
import type { Finished } from "./cli.ts";

/** `environment` is set for the run and taken back after it; runs must not overlap. */
export async function runHandover(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const out: string[] = [];
  const error: string[] = [];
  const before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
  Object.assign(process.env, environment);
  try {
    const io = { stdout: (text: string) => void out.push(text), stderr: (text: string) => void error.push(text) };
    const code = await runCli(args, io);
    return { code, stdout: out.join(""), stderr: error.join("") };
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
