/**
 * `npm run peer [-- --server sekmet|medplum] [--base URL] [--only PART] [--absolute-references] [--keep DIR] [--json]`: the
 * adapter with somebody else's FHIR server in the hospital's place. `sekmet`, the default, is sekmet-fhir of PyPI, which must be
 * installed (SEKMET names its program); `medplum` comes with the project's own packages; `--base` names one that runs already.
 * Parts are write-back, backend-services, consumer and subscriptions; all but the first need sekmet. `--keep` leaves what the adapter wrote as
 * files. Exit 0 when all steps held, 1 when one did not, 2 where it cannot run. docs/conformance/foreign-servers.md says what
 * came out.
 */
import { parseArgs } from "node:util";
import type { Step } from "../../sandbox/story/step.ts";
import { createTeller } from "../../sandbox/story/step.ts";
import { tellBackendServices } from "./backend-services.ts";
import { tellConsumer } from "./consumer.ts";
import { keepWritten } from "./keep-written.ts";
import { openRun } from "./run.ts";
import { sekmetTopics, sekmetVersion } from "./sekmet.ts";
import { tellSubscriptions } from "./subscription-server.ts";
import { tellLoading, tellWriteBack } from "./write-back.ts";

const parts = ["write-back", "backend-services", "subscriptions", "consumer"] as const;
const servers = ["sekmet", "medplum"] as const;
const { values } = parseArgs({
  options: {
    server: { type: "string", default: "sekmet" },
    base: { type: "string" },
    only: { type: "string" },
    "absolute-references": { type: "boolean", default: false },
    keep: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const line = ({ name, ok, ms, witness }: Step): string =>
  `  ${ok ? "ok    " : "FAILED"} ${(ms / 1000).toFixed(2).padStart(7)} s  ${name.padEnd(24)} ${witness}\n`;

const wanted = (part: (typeof parts)[number]): boolean => values.only === undefined || values.only === part;

async function tell(server: (typeof servers)[number], cleanup: AsyncDisposableStack): Promise<readonly Step[]> {
  const { world, sekmet, directApi, labelledApi, listeners } = await openRun(
    { server, base: values.base, absoluteReferences: values["absolute-references"] },
    cleanup,
  );
  const { software, fhirVersion } = await world.server.capability();
  const about = [software?.name, software?.version, `FHIR ${fhirVersion}`].join(" ");
  if (!values.json) process.stdout.write(`${about}${sekmet === undefined ? "" : ` (${sekmet.version})`}\n`);
  const teller = createTeller({
    onStep: (step) => {
      if (!values.json) process.stdout.write(line(step));
    },
  });
  await tellLoading(world, teller);
  if (wanted("write-back")) await tellWriteBack(world, teller);
  if (sekmet !== undefined) {
    if (wanted("backend-services")) await tellBackendServices(world, directApi, "direct", teller);
    if (wanted("consumer")) await tellConsumer(world, { sekmet, listeners, topics: sekmetTopics }, teller);
    if (wanted("subscriptions")) await tellSubscriptions(world, { sekmet, signingApi: labelledApi }, teller);
  }
  if (values.keep !== undefined) await keepWritten(values.keep, [world.labelled, world.unlabelled]);
  if (teller.steps.some(({ ok }) => !ok)) process.stderr.write(`${world.adapter.lastLines().join("\n")}\n`);
  return teller.steps;
}

function cannotRun(server: string | undefined): string | undefined {
  if (server === undefined) return `there is no server ${values.server}; there are ${servers.join(", ")}`;
  if (values.only !== undefined && !parts.some((part) => part === values.only))
    return `there is no part ${values.only}; there are ${parts.join(", ")}`;
  if (server === "sekmet" && values.base === undefined && sekmetVersion() === undefined)
    return "sekmet-fhir is not installed: pip install sekmet-fhir, or take --server medplum, or name another with --base";
  return undefined;
}

async function main(): Promise<number> {
  const server = servers.find((one) => one === values.server);
  const problem = cannotRun(server);
  if (problem !== undefined || server === undefined) {
    process.stderr.write(`${problem ?? ""}\n`);
    return 2;
  }
  const cleanup = new AsyncDisposableStack();
  try {
    const steps = await tell(server, cleanup);
    const ok = steps.every((step) => step.ok);
    if (values.json) process.stdout.write(`${JSON.stringify({ ok, steps })}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  } finally {
    await cleanup.disposeAsync();
  }
}

process.exitCode = await main();
