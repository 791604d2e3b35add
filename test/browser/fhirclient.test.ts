/**
 * fhirclient, the SMART community's own client, against the sandbox EHR in a real browser. It shares no line with ours: what
 * it can do here, a fair EHR lets any SMART app do, and our own launches against the same EHR mean something.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { launchBrowser } from "../support/browser.ts";
import { chartOf, startEhr } from "../support/sandbox-ehr.ts";

const require = createRequire(import.meta.url);
const library = readFileSync(require.resolve("fhirclient/build/fhir-client.min.js"));
const scopes = "openid fhirUser offline_access patient/*.rs user/Practitioner.rs";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
const named = { kid: "app-1", alg: "ES384" };

let app: Server;
let appUrl: string;
let ehr: SandboxEhr;
let browser: Browser;
let context: BrowserContext;

/** The two pages of a SMART app, as fhirclient's own documentation has them. */
function pageOf(path: string, parameters: string): string {
  const script =
    path === "/launch.html"
      ? `FHIR.oauth2.authorize(${parameters}).catch((error) => { window.failed = String(error); });`
      : `FHIR.oauth2.ready().then((client) => { window.client = client; }, (error) => { window.failed = String(error); });`;
  return `<!doctype html><title>App</title><script src="/fhir-client.min.js"></script><script>${script}</script>`;
}

before(async () => {
  app = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://app.invalid");
    const isLibrary = pathname === "/fhir-client.min.js";
    response.setHeader("content-type", isLibrary ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isLibrary ? library : pageOf(pathname, searchParams.get("settings") ?? "{}"));
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const redirectUris = [`${appUrl}/app.html`];
  const registered = { redirectUris, scopes: `${scopes} launch launch/patient launch/encounter` };
  ehr = await startEhr({
    charts: [chartOf("p1", 12), chartOf("p2", 1)],
    lifetimes: { launchSeconds: 3600 },
    clients: [
      { clientId: "public-app", auth: "public", ...registered },
      {
        clientId: "key-app",
        auth: "private_key_jwt",
        jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), ...named, use: "sig" }] },
        ...registered,
      },
    ],
  });
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await ehr.close();
  app.close();
});
afterEach(() => context.close());

/** Opens the app's launch page; `iss` and `launch` in its address, as an EHR's link has them. */
async function startApp(settings: Record<string, unknown>, launch: Record<string, string> = {}): Promise<Page> {
  context = await browser.newContext();
  const page = await context.newPage();
  const query = new URLSearchParams({
    settings: JSON.stringify({ clientId: "public-app", redirectUri: `${appUrl}/app.html`, ...settings }),
    ...launch,
  });
  await page.goto(`${appUrl}/launch.html?${query.toString()}`);
  return page;
}

const known = z.object({
  patient: z.string().nullable(),
  encounter: z.string().nullable(),
  fhirUser: z.string().nullable(),
  told: z.looseObject({
    scope: z.string(),
    need_patient_banner: z.boolean(),
    smart_style_url: z.url(),
    refresh_token: z.string(),
    expires_in: z.number(),
  }),
});

/** What the app knows once its launch is over. */
async function ready(page: Page): Promise<z.infer<typeof known>> {
  await page.waitForFunction("window.client !== undefined || window.failed !== undefined");
  assert.equal(await page.evaluate("window.failed"), undefined);
  return known.parse(
    await page.evaluate(`({
      patient: client.patient.id, encounter: client.encounter.id, fhirUser: client.user.fhirUser,
      told: client.state.tokenResponse,
    })`),
  );
}

/** The app reads the chart of its patient: one resource each, and all pages of a search. */
async function readChart(page: Page) {
  const read = z.object({ patient: z.string(), encounter: z.string(), user: z.string(), observations: z.number() });
  return read.parse(
    await page.evaluate(`(async () => {
      const [patient, encounter, user, observations] = await Promise.all([
        client.patient.read(),
        client.encounter.read(),
        client.user.read(),
        client.request("Observation?patient=" + client.patient.id + "&_count=5", { pageLimit: 0, flat: true }),
      ]);
      return { patient: patient.id, encounter: encounter.id, user: user.id, observations: observations.length };
    })()`),
  );
}

const handle = () => ehr.createLaunch({ patient: "p1", encounter: "p1-stay", fhirUser: "Practitioner/attending-1" });

describe("fhirclient against the sandbox EHR", () => {
  it("launches from the EHR, knows patient, stay and user, and reads the chart over its pages", async () => {
    const page = await startApp({ scope: `launch ${scopes}` }, { iss: ehr.fhirBaseUrl, launch: handle() });
    const { patient, encounter, fhirUser, told } = await ready(page);
    assert.deepEqual([patient, encounter, fhirUser], ["p1", "p1-stay", "Practitioner/attending-1"]);
    assert.equal(told.need_patient_banner, true);
    assert.ok(told.scope.split(" ").includes("patient/*.rs"));
    const { patient: read, encounter: stay, user, observations } = await readChart(page);
    assert.deepEqual([read, stay, user, observations], ["p1", "p1-stay", "attending-1", 12]);
    const seen = ehr.journal.entries().filter((entry) => entry.clientId === "public-app");
    assert.ok(seen.filter(({ path }) => path.includes("Observation")).length >= 3, "three pages of five");
  });

  it("refreshes its token and goes on reading; another patient's chart stays closed", async () => {
    const page = await startApp({ scope: `launch ${scopes}` }, { iss: ehr.fhirBaseUrl, launch: handle() });
    const first = await ready(page);
    const tokens = z.object({ before: z.string(), after: z.string(), id: z.string() }).parse(
      await page.evaluate(`(async () => {
          const before = client.state.tokenResponse.access_token;
          // A public client says who it is (RFC 6749, 3.2.1); fhirclient leaves that out of a refresh unless told.
          client.environment.options.refreshTokenWithClientId = true;
          await client.refresh();
          const { id } = await client.patient.read();
          return { before, after: client.state.tokenResponse.access_token, id };
        })()`),
    );
    assert.notEqual(tokens.after, tokens.before);
    assert.equal(tokens.id, first.patient);
    const other = await page.evaluate(
      `client.request("Patient/p2").then(() => "read", (error) => String(error.status))`,
    );
    assert.match(String(other), /^40[34]$/u);
  });

  it("launches on its own: somebody picks patient and stay at the EHR", async () => {
    const settings = { iss: ehr.fhirBaseUrl, scope: `launch/patient launch/encounter ${scopes}` };
    const page = await startApp(settings);
    await page.locator('input[name="picked"][value="p2/p2-stay"]').check();
    await page.getByRole("button").first().click();
    const { patient, encounter } = await ready(page);
    assert.deepEqual([patient, encounter], ["p2", "p2-stay"]);
    assert.equal((await readChart(page)).observations, 1);
  });

  it("launches as a confidential client that signs with its key (private_key_jwt, ES384)", async () => {
    const settings = {
      clientId: "key-app",
      scope: `launch ${scopes}`,
      clientPrivateJwk: { ...privateKey.export({ format: "jwk" }), ...named, key_ops: ["sign"] },
    };
    const page = await startApp(settings, { iss: ehr.fhirBaseUrl, launch: handle() });
    assert.equal((await ready(page)).patient, "p1");
    assert.equal((await readChart(page)).observations, 12);
  });

  it("is refused with a launch that this EHR never made, and with a client that it does not know", async () => {
    for (const [clientId, launch] of [
      ["public-app", "never-made"],
      ["nobody", handle()],
    ] as const) {
      const page = await startApp({ clientId, scope: `launch ${scopes}` }, { iss: ehr.fhirBaseUrl, launch });
      await page.waitForFunction("window.failed !== undefined || !location.pathname.startsWith('/launch')");
      await page.waitForLoadState();
      assert.equal(await page.evaluate("window.client"), undefined);
      await context.close();
    }
  });
});
