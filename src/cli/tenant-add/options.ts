/** The options of `handover tenant add`, and how they become answers. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import type { Options } from "../command.ts";
import { textOf } from "../command.ts";
import type { Given } from "./entry.ts";
import type { VendorName } from "./vendors.ts";
import { vendorNames } from "./vendors.ts";

const append = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

/** `gateway:HANDOVER_SECRET_GATEWAY`: the client, and the variable that holds its key. */
function toApiClient(value: string, earlier: readonly object[]): readonly object[] {
  const [id, keyEnv, ...rest] = value.split(":");
  if (id === undefined || id === "" || keyEnv === undefined || keyEnv === "" || rest.length > 0)
    throw new InvalidArgumentError("CLIENT:VARIABLE, the variable that holds the client's key.");
  return [...earlier, { id, keyEnv }];
}

export function addOptions(command: Command): Command {
  return command
    .requiredOption("--name <text>", "the hospital's name, as documents show it")
    .requiredOption("--fhir-base <url>", "base of the EHR's FHIR R4 server")
    .option("--time-zone <zone>", "IANA name, for example America/Chicago")
    .addOption(new Option("--environment <kind>", "of the EHR").choices(["test", "production"]).default("test"))
    .addOption(new Option("--vendor <name>", "default: by what the server says of itself").choices(vendorNames))
    .option("--issuer <iss>", "`iss` of the tokens of its hook calls (known for epic and oracle)")
    .option("--jku <url>", "where that issuer publishes its keys")
    .option("--issuer-tenant <name>", "`tenant` in those tokens, where one issuer speaks for many hospitals")
    .option("--smart-client-id <id>", "our client id for launches")
    .addOption(
      new Option("--client-auth <kind>", "of launches; default: the best that the EHR lists").choices([
        "private_key_jwt",
        "client_secret",
        "public",
      ]),
    )
    .option("--client-secret-env <variable>", "for client_secret: the variable that holds it")
    .option("--signer-role <code>", "PractitionerRole code that may sign; may be repeated", append, [])
    .option("--backend-client-id <id>", "our client id for Backend Services")
    .option("--allow <cidr>", "network that the EHR's addresses lie in; may be repeated", append, [])
    .option("--ca-file <file>", "PEM of the hospital's own CA")
    .option("--allow-http", "plain http, in a test environment only")
    .option("--frame-ancestor <origin>", "origin of the pages that show us in a frame; may be repeated", append, [])
    .option(
      "--api-client <client:variable>",
      "client of the job API and its key's variable; may be repeated",
      toApiClient,
      [],
    )
    .addOption(new Option("--print", "print the entry for a file (the default)").conflicts("store"))
    .option("--store", "apply the entry: running replicas serve it within seconds")
    .option("--json", "print { vendor, entry, notes, checks, registration, stored? }");
}

/** As commander leaves them: what has a choice or a default is right already. */
const parsed = z.object({
  name: z.string(),
  fhirBase: z.string(),
  timeZone: z.string().optional(),
  environment: z.enum(["test", "production"]),
  issuer: z.string().optional(),
  jku: z.string().optional(),
  issuerTenant: z.string().optional(),
  smartClientId: z.string().optional(),
  clientAuth: z.enum(["private_key_jwt", "client_secret", "public"]).optional(),
  clientSecretEnv: z.string().optional(),
  signerRole: z.array(z.string()),
  backendClientId: z.string().optional(),
  allow: z.array(z.string()),
  caFile: z.string().optional(),
  allowHttp: z.boolean().default(false),
  frameAncestor: z.array(z.string()),
  apiClient: z.array(z.object({ id: z.string(), keyEnv: z.string() })),
});

/** The answers that the options are. */
export function givenOf(id: string, options: Options): Given {
  const { fhirBase, signerRole, frameAncestor, apiClient, ...rest } = parsed.parse(options);
  return {
    ...rest,
    id,
    fhirBaseUrl: fhirBase,
    signerRoles: signerRole,
    frameAncestors: frameAncestor,
    apiClients: apiClient,
  };
}

export function vendorFrom(options: Options): VendorName | undefined {
  const given = textOf(options, "vendor");
  return vendorNames.find((name) => name === given);
}
