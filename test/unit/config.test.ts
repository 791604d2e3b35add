import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { describeConfig } from "../../src/config/describe.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import type { LoadInput } from "../../src/config/load.ts";
import { loadConfig } from "../../src/config/load.ts";

const KEY = "ab".repeat(32);
const tenant = (over: object = {}) => ({
  id: "general",
  name: "General",
  environment: "test",
  ehr: { fhirBaseUrl: "https://ehr.example/fhir" },
  ...over,
});
const noFiles = (path: string): never => {
  throw new Error(`no file ${path}`);
};

/** Loads with nothing of the machine's own environment. */
function load(input: LoadInput & { environment?: Record<string, string> }) {
  return loadConfig({ readFile: noFiles, ...input, environment: { HANDOVER_MASTER_KEY: KEY, ...input.environment } });
}

function refusal(input: LoadInput & { environment?: Record<string, string> }): string {
  try {
    load(input);
  } catch (error) {
    assert.ok(error instanceof AdapterError);
    assert.equal(error.code, "configuration_invalid");
    return error.message;
  }
  return assert.fail("the configuration was accepted");
}

describe("configuration: order of sources (contract, section 1)", () => {
  it("takes flags before the environment before the defaults, and says which", () => {
    const loaded = load({ environment: { PORT: "9000", HOST: "0.0.0.0" }, flags: { port: "9100" } });
    assert.equal(loaded.config.port, 9100);
    assert.equal(loaded.config.host, "0.0.0.0");
    assert.deepEqual(
      [loaded.sources.get("port"), loaded.sources.get("host"), loaded.sources.get("logLevel")],
      ["flag --port", "environment", "default"],
    );
  });

  it("reads the file that HANDOVER_CONFIG names, as JSON or YAML", () => {
    const yaml =
      "tenants:\n  - id: general\n    name: General\n    environment: test\n    ehr:\n      fhirBaseUrl: https://ehr.example/fhir\n";
    for (const text of [yaml, JSON.stringify({ tenants: [tenant()] })]) {
      const { config } = load({
        environment: { HANDOVER_CONFIG: "handover.yaml" },
        readFile: () => ({ text, mode: 0o600 }),
      });
      assert.equal(config.tenants[0]?.id, "general");
      assert.equal(config.tenants[0]?.generation.engine, "template");
    }
  });

  it("reads a secret from its _FILE form and warns when others can read that file", () => {
    const loaded = loadConfig({
      environment: { HANDOVER_MASTER_KEY_FILE: "/run/key" },
      readFile: () => ({ text: `${KEY}\n`, mode: 0o100644 }),
    });
    assert.equal(Buffer.from(loaded.config.masterKey).toString("hex"), KEY);
    assert.match(loaded.warnings.join("\n"), /HANDOVER_MASTER_KEY_FILE.*0600/u);
  });

  it("is frozen to the bottom", () => {
    const { config } = load({ file: { tenants: [tenant()] } });
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.tenants[0]?.ehr.cdsHooks));
  });

  it("leaves the slash off the public URL, so that links are built in one way", () => {
    assert.equal(
      load({ environment: { PUBLIC_URL: "https://a.example/base/" } }).config.publicUrl,
      "https://a.example/base",
    );
  });
});

describe("configuration: what is refused", () => {
  it("lists every problem at once, by setting and source (attack list 138)", () => {
    const text = refusal({
      environment: { PORT: "eighty", HANDOVER_ROLE: "api", LOG_LEVEL: "loud" },
      file: { tenants: [tenant({ colour: 1 })], extra: 1 },
    });
    for (const part of [
      "PORT (environment)",
      "HANDOVER_ROLE (environment): is not a setting",
      "LOG_LEVEL",
      "colour",
      "extra",
      "5 settings",
    ]) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
  });

  it("lets variables stand that stored tenants may name: HANDOVER_SECRET_ and whatever follows", () => {
    load({ environment: { HANDOVER_SECRET_GATEWAY: "key-of-a-stored-tenant" } });
    assert.match(refusal({ environment: { HANDOVER_SECRETS_GATEWAY: "x" } }), /HANDOVER_SECRETS_GATEWAY/u);
  });

  it("never repeats a value that may be a secret", () => {
    const canary = "canary-5f1e";
    const text = refusal({
      environment: {
        HANDOVER_MASTER_KEY: canary,
        HANDOVER_ADMIN_KEY: canary,
        DATABASE_URL: `mysql://u:${canary}@h/db`,
      },
      file: { tenants: [tenant({ apiClients: [{ id: "gateway", key: `${canary}-long-enough` }] })] },
    });
    assert.ok(!text.includes(canary), text);
    assert.match(text, /apiClients\[0\]\.key/u);
  });

  it("quotes nothing of a file that cannot be parsed", () => {
    const text = refusal({
      environment: { HANDOVER_CONFIG: "x.yaml" },
      readFile: () => ({ text: "a: [canary-5f1e\nb: }", mode: 0o600 }),
    });
    assert.match(text, /x\.yaml/u);
    assert.ok(!text.includes("canary"), text);
  });

  it("takes ${...}, YAML tags and __proto__ for what they look like (attack list 139)", () => {
    assert.match(
      refusal({
        environment: { HANDOVER_CONFIG: "x" },
        readFile: () => ({ text: "tenants: !!js/function 'x'", mode: 0o600 }),
      }),
      /file x/u,
    );
    assert.match(
      refusal({
        environment: { HANDOVER_CONFIG: "x" },
        readFile: () => ({ text: '{"__proto__": {"polluted": true}}', mode: 0o600 }),
      }),
      /__proto__|polluted/u,
    );
    assert.equal(Reflect.get({}, "polluted"), undefined);
    const { config } = load({ file: { tenants: [tenant({ name: "${HANDOVER_MASTER_KEY}" })] } });
    assert.equal(config.tenants[0]?.name, "${HANDOVER_MASTER_KEY}");
  });

  it("says of a file whose aliases explode, or hold themselves, what is wrong with it (attack list 139)", () => {
    const bomb = [
      "a: &a [x, x, x, x]",
      ..."bcdefghijk".split("").map((name, index) => {
        const before = "abcdefghij"[index] ?? "";
        return `${name}: &${name} [*${before}, *${before}, *${before}, *${before}]`;
      }),
    ];
    const loop =
      "tenants:\n  - &t { id: a, name: A, ehr: { fhirBaseUrl: 'https://ehr.example/fhir' }, apiClients: [*t] }";
    for (const text of [bomb.join("\n"), loop]) {
      const readFile = () => ({ text, mode: 0o600 });
      assert.match(refusal({ environment: { HANDOVER_CONFIG: "x.yaml" }, readFile }), /x\.yaml.*aliases/u);
    }
    const shared =
      "tenants:\n  - { id: a, name: &n Common, ehr: { fhirBaseUrl: 'https://ehr.example/fhir' }, environment: test }\n  - { id: b, name: *n, ehr: { fhirBaseUrl: 'https://ehr.example/b' }, environment: test }";
    const { config } = load({ environment: { HANDOVER_CONFIG: "x" }, readFile: () => ({ text: shared, mode: 0o600 }) });
    assert.deepEqual(
      config.tenants.map(({ name }) => name),
      ["Common", "Common"],
    );
  });

  it("takes no address that no caller could name, or that holds a secret", () => {
    for (const fhirBaseUrl of [
      "https://user:canary-5f1e@ehr.example/fhir",
      "https://ehr.example/fhir?tenant=1",
      "https://ehr.example/fhir#x",
      "ftp://ehr.example/fhir",
    ]) {
      const text = refusal({ file: { tenants: [tenant({ ehr: { fhirBaseUrl } })] } });
      assert.match(text, /tenants\[0\]\.ehr\.fhirBaseUrl/u);
      assert.ok(!text.includes("canary"), text);
    }
    const smart = { clientId: "we" };
    const text = refusal({
      file: {
        tenants: [
          tenant({ ehr: { fhirBaseUrl: "https://ehr.example/fhir", smart } }),
          tenant({ id: "other", ehr: { fhirBaseUrl: "https://EHR.example:443/fhir/", smart } }),
        ],
      },
    });
    assert.match(text, /launched from the same FHIR base/u);
  });

  it("wants a master key, 32 bytes, except in the demo", () => {
    assert.throws(() => loadConfig({ environment: {} }), /HANDOVER_MASTER_KEY/u);
    assert.throws(() => loadConfig({ environment: { HANDOVER_MASTER_KEY: "c2hvcnQ=" } }), /32 bytes/u);
    assert.equal(loadConfig({ environment: {}, demo: true }).config.masterKey.length, 32);
  });

  it("takes an inline secret in the demo only [smart 10]", () => {
    const file = { tenants: [tenant({ apiClients: [{ id: "gateway", key: "an-inline-secret-key" }] })] };
    assert.match(refusal({ file }), /for the demo only/u);
    const { config, secrets } = load({ file, demo: true });
    assert.equal(secrets.get("key", config.tenants[0]?.apiClients[0] ?? {}), "an-inline-secret-key");
  });

  it("wants every named secret to be there, and knows the variables that the file names", () => {
    const file = { tenants: [tenant({ apiClients: [{ id: "gateway", keyEnv: "HANDOVER_GATEWAY_KEY" }] })] };
    assert.match(refusal({ file }), /HANDOVER_GATEWAY_KEY is not set/u);
    const { config, secrets } = load({ file, environment: { HANDOVER_GATEWAY_KEY: "0123456789abcdef" } });
    assert.equal(secrets.get("key", config.tenants[0]?.apiClients[0] ?? {}), "0123456789abcdef");
  });

  it("refuses callers that two tenants claim: an issuer, a client id, an API key", () => {
    const caller = {
      ehr: {
        fhirBaseUrl: "https://ehr.example/fhir",
        cdsHooks: { issuers: [{ iss: "https://ehr.example", jku: "https://ehr.example/jwks" }] },
      },
      apiClients: [{ id: "gateway", keyEnv: "K" }],
    };
    const text = refusal({
      file: { tenants: [tenant(caller), tenant({ ...caller, id: "other" })] },
      environment: { K: "0123456789abcdef" },
    });
    for (const part of ["same iss and tenant", "same client id", "same key"]) assert.ok(text.includes(part), text);
  });

  it("looks up what authorises an endpoint's requests, and says which variable is missing", () => {
    const endpoint = { id: "his", url: "https://his.example", secretEnv: "S" };
    const environment = { S: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", CLIENT: "client-secret" };
    const authorization = { type: "oauth2", tokenUrl: "https://his.example/token", clientId: "c" };
    const asked = (more: object) => ({
      environment,
      file: { tenants: [tenant({ endpoints: [{ ...endpoint, authorization: { ...authorization, ...more } }] })] },
    });
    load(asked({ clientSecretEnv: "CLIENT" }));
    assert.match(refusal(asked({ clientSecretEnv: "NOT_THERE" })), /variable NOT_THERE is not set/u);
    assert.match(refusal(asked({})), /authorization.clientSecretEnv.*is required/u);
    assert.match(refusal(asked({ clientSecret: "inline-canary" })), /for the demo only/u);
    assert.ok(!refusal(asked({ clientSecret: "inline-canary" })).includes("inline-canary"));
  });

  it("wants https in production [cds-hooks 2, 168] [smart 301]", () => {
    const text = refusal({
      file: { tenants: [tenant({ environment: "production", ehr: { fhirBaseUrl: "http://ehr.example/fhir" } })] },
    });
    assert.match(text, /PUBLIC_URL/u);
    assert.match(text, /fhirBaseUrl/u);
  });
});

describe("configuration: the summary an operator sees", () => {
  it("masks every secret and names the source of each setting", () => {
    const loaded = load({
      demo: true,
      environment: { DATABASE_URL: "postgres://u:canary@h/db", HANDOVER_ADMIN_KEY: "canary-canary-canary" },
      file: {
        tenants: [
          tenant({
            apiClients: [{ id: "gateway", key: "canary-canary-canary" }],
            endpoints: [{ id: "his", url: "https://his.example", headers: { authorization: "canary" } }],
          }),
        ],
      },
    });
    const text = JSON.stringify(describeConfig(loaded));
    assert.ok(!text.includes("canary"), text);
    assert.ok(!text.includes(KEY));
    assert.deepEqual(
      describeConfig(loaded).find(({ setting }) => setting === "DATABASE_URL"),
      { setting: "DATABASE_URL", value: "(set)", source: "environment" },
    );
  });
});

describe("configuration: published schema", () => {
  it("lists every setting of the file and allows no other", () => {
    const schema = JSON.stringify(configJsonSchema("https://a.example"));
    for (const name of ["fhirBaseUrl", "maxLifetimeSeconds", "signerRoles", "autoDraftOn", "allowHttp"])
      assert.ok(schema.includes(`"${name}"`), name);
    assert.equal(configJsonSchema("https://a.example")["additionalProperties"], false);
  });
});
