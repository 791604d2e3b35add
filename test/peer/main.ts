/**
 * `npm run peer [-- --base URL] [--json]`: the adapter with somebody else's FHIR server in the hospital's place. Without `--base`
 * it starts sekmet-fhir (PyPI), which must be installed; SEKMET names its program. Exit 0 when all steps held, 1 when one did not,
 * 2 where it cannot run. docs/conformance/foreign-servers.md says what came out.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadCharts } from "../../sandbox/charts/load.ts";
import type { Step } from "../../sandbox/story/step.ts";
import { createTeller } from "../../sandbox/story/step.ts";
import { pickPort } from "../../src/cli/demo/ports.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startAdapter } from "./adapter.ts";
import { createForeignServer } from "./foreign-server.ts";
import { openHospital } from "./hospital.ts";
import { sekmetVersion, startSekmet } from "./sekmet.ts";
import { tellWriteBack } from "./write-back.ts";

const { values } = parseArgs({
  options: { base: { type: "string" }, json: { type: "boolean", default: false } },
});

const line = ({ name, ok, ms, witness }: Step): string =>
  `  ${ok ? "ok    " : "FAILED"} ${(ms / 1000).toFixed(2).padStart(7)} s  ${name.padEnd(18)} ${witness}\n`;

async function run(cleanup: AsyncDisposableStack): Promise<readonly Step[]> {
  const folder = await mkdtemp(join(tmpdir(), "handover-peer-"));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await pickPort();
  const adapterUrl = `http://127.0.0.1:${port}`;
  const apiKey = randomBytes(24).toString("base64url");
  const database = cleanup.adopt(await createTestDatabase(), (one) => one.drop());
  const sekmet =
    values.base === undefined
      ? cleanup.adopt(
          await startSekmet({
            port: await pickPort(),
            backendClient: {
              clientId: "handover-direct",
              jwksUrl: `${adapterUrl}/.well-known/jwks.json`,
              scopes: "system/*.cruds",
            },
            peer: { baseUrl: `${adapterUrl}/fhir`, token: apiKey },
          }),
          (one) => one.stop(),
        )
      : undefined;
  const behind = (values.base ?? sekmet?.fhirBaseUrl ?? "").replace(/\/$/u, "");
  const server = createForeignServer(behind, sekmet?.authorization);
  const { software } = await server.capability();
  if (!values.json)
    process.stdout.write(`${software?.name ?? "FHIR server"} ${software?.version ?? ""} at ${behind}\n`);
  const common = { adapterUrl, behind, authorization: sekmet?.authorization };
  const labelled = await openHospital({
    ...common,
    tenant: "labelled",
    apiKey,
    writeProfile: { when: "preliminary-and-signed" },
  });
  cleanup.defer(() => labelled.door.close());
  const unlabelled = await openHospital({
    ...common,
    tenant: "unlabelled",
    apiKey: randomBytes(24).toString("base64url"),
    writeProfile: { aiLabel: "provenance-only" },
  });
  cleanup.defer(() => unlabelled.door.close());
  const tenants = [labelled.settings, unlabelled.settings];
  const adapter = cleanup.adopt(await startAdapter({ port, databaseUrl: database.appUrl, tenants, folder }), (one) =>
    one.stop(),
  );
  const teller = createTeller({
    onStep: (step) => {
      if (!values.json) process.stdout.write(line(step));
    },
  });
  await tellWriteBack({ server, adapter, labelled, unlabelled, charts: loadCharts() }, teller);
  if (teller.steps.some(({ ok }) => !ok)) process.stderr.write(`${adapter.lastLines().join("\n")}\n`);
  return teller.steps;
}

if (values.base === undefined && sekmetVersion() === undefined) {
  process.stderr.write("sekmet-fhir is not installed: pip install sekmet-fhir, or name another server with --base\n");
  process.exit(2);
}
const cleanup = new AsyncDisposableStack();
try {
  const steps = await run(cleanup);
  const ok = steps.every((step) => step.ok);
  if (values.json) process.stdout.write(`${JSON.stringify({ ok, steps })}\n`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
} finally {
  await cleanup.disposeAsync();
}
