/** `npm run check`: every static check, in parallel, one line each; exits non-zero when one fails. */
import { spawn } from "node:child_process";

const checks: Record<string, readonly string[]> = {
  types: ["tsc", "--noEmit"],
  "types of the page": ["tsc", "--noEmit", "-p", "src/pages/browser/tsconfig.json"],
  "types of the sandbox's page": ["tsc", "--noEmit", "-p", "sandbox/pages/browser"],
  "types of the receiver's package": ["tsc", "--noEmit", "-p", "packages/webhook-receiver"],
  lint: ["oxlint"],
  format: ["oxfmt", "--check", "."],
  "dead code": ["knip"],
};

function run(name: string, command: readonly string[]): Promise<boolean> {
  const [program, ...args] = command;
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn("npx", ["--no-install", program ?? "", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

const results = await Promise.all(Object.entries(checks).map(([name, command]) => run(name, command)));
process.exitCode = results.every(Boolean) ? 0 : 1;
