/**
 * Loaded into a process before its program (`node --import`): moves the program's clock when told to. A test writes the
 * milliseconds to add into the file that TEST_CLOCK_FILE names, sends SIGUSR2, and waits for the line that confirms.
 */
import { readFileSync } from "node:fs";

const file = process.env["TEST_CLOCK_FILE"] ?? "";
const realNow = Date.now.bind(Date);
let offsetMs = 0;
Date.now = () => realNow() + offsetMs;
process.on("SIGUSR2", () => {
  offsetMs = Number(readFileSync(file, "utf8"));
  process.stdout.write(`clock moved by ${offsetMs}\n`);
});
