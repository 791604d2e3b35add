#!/usr/bin/env node
// Runs the program on the Node that comes with the dependencies when the caller's own is too old to strip types.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(dirname(fileURLToPath(import.meta.url))), "src", "main.ts");
const major = Number(process.versions.node.split(".")[0]);

function bundledNode() {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("node/package.json")), "bin", "node");
}

const child = spawn(major >= 24 ? process.execPath : bundledNode(), [program, ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
