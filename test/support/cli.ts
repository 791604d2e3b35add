/** Runs the program as its users do: a process with arguments and an environment, judged by its output and exit code. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { inheritedEnvironment } from "../../src/cli/demo/adapter-process.ts";

export const top = join(import.meta.dirname, "..", "..");

export interface Finished {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  /** Resolves with the first line of standard output that fits. Rejects when the process ends before. */
  readonly line: (fits: RegExp) => Promise<string>;
  readonly finished: Promise<Finished>;
}

type Environment = Readonly<Record<string, string>>;

/** Starts any command in the project's folder. The environment holds no setting of ours but the given ones. */
export function start(
  command: string,
  args: readonly string[],
  environment: Environment = {},
  input = "",
): RunningCommand {
  const child = spawn(command, args, {
    cwd: top,
    env: { ...inheritedEnvironment(process.env), ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Whoever does not read it may be gone before it is written.
  child.stdin.on("error", () => undefined).end(input);
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of watchers) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  const line = (fits: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = stdout.split("\n").find((each) => fits.test(each));
        if (found !== undefined) resolve(found);
      };
      watchers.add(look);
      look();
      void finished.then((end) => reject(new Error(`ended (${end.code}) without ${fits}: ${end.stderr}`)));
    });
  return { child, line, finished };
}

/** Starts `handover ...` on this Node. */
export function startHandover(args: readonly string[], environment: Environment = {}, input = ""): RunningCommand {
  return start(process.execPath, [join("src", "main.ts"), ...args], environment, input);
}

/** Runs `handover ...` to its end. */
export function handover(args: readonly string[], environment: Environment = {}): Promise<Finished> {
  return startHandover(args, environment).finished;
}
