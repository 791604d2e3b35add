/** `handover apply` and `handover tenant ...`: their names, arguments and options. */
import type { Command } from "commander";
import type { Act, Options } from "./command.ts";
import { textOf } from "./command.ts";
import type { Io } from "./io.ts";
import { addOptions, givenOf, vendorFrom } from "./tenant-add/options.ts";
import { addSettingFlags, flagsOf } from "./setting-flags.ts";

type RunDoctor = (options: Options, tenant: string, io: Io) => Promise<number>;

export function addApply(program: Command, io: Io, act: Act): void {
  const command = program
    .command("apply")
    .description("bring tenants and endpoints in line with a file; running replicas take it over within seconds")
    .requiredOption("-f, --file <file>", "JSON or YAML with `tenants`; - reads standard input")
    .option("--prune", "remove tenants and endpoints that the file does not name (nothing is deleted)")
    .option("--dry-run", "check everything and say what would change, and write nothing")
    .option("--json", "print { dryRun, tenants: [ { id, outcome, changed } ], endpoints, warnings }");
  addSettingFlags(command).action(
    act(async (options) => {
      const { apply } = await import("./apply.ts");
      const [prune, dryRun, json] = [options["prune"] === true, options["dryRun"] === true, options["json"] === true];
      return apply({ flags: flagsOf(options), file: textOf(options, "file") ?? "-", prune, dryRun, json }, io);
    }),
  );
}

export function addTenant(program: Command, io: Io, act: Act, runDoctor: RunDoctor): void {
  const group = program.command("tenant").description("the hospitals that are served: look at them, add, test, remove");
  addAdd(group, io, act);
  addTest(group, io, act, runDoctor);
  addList(group, io, act);
  addShow(group, io, act);
  addRemove(group, io, act);
}

function addAdd(group: Command, io: Io, act: Act): void {
  const command = group
    .command("add")
    .description("make a tenant's whole entry of a few answers and the EHR's own documents, and examine it")
    .argument("<id>", "its id: lower-case letters, digits and hyphens");
  addSettingFlags(addOptions(command)).action(async (id: string, options: Options) => {
    const { addTenant: add } = await import("./tenant-add.ts");
    const vendor = vendorFrom(options);
    const [store, json] = [options["store"] === true, options["json"] === true];
    const what = { flags: flagsOf(options), given: givenOf(id, options), store, json };
    await act(() => add(vendor === undefined ? what : { ...what, vendor }, io))({});
  });
}

function addTest(group: Command, io: Io, act: Act, runDoctor: RunDoctor): void {
  const test = group
    .command("test")
    .description("check its set-up: the same as `doctor --tenant`")
    .argument("<id>", "the tenant's id")
    .option("--registration", "print what to enter into the EHR's registration forms instead")
    .option("--json", "print { ok, checks: [ { name, ok, found, fix? } ] }");
  addSettingFlags(test).action(async (id: string, options: Options) => {
    await act(() => runDoctor(options, id, io))({});
  });
}

function addList(group: Command, io: Io, act: Act): void {
  const command = group
    .command("list")
    .description("every tenant: whether it is served, and whose word its settings are")
    .option("--json", "print { tenants: [ { id, name, status, origin, environment, fhirBaseUrl } ] }");
  addSettingFlags(command).action(
    act(async (options) => {
      const { listTenants } = await import("./tenants.ts");
      return listTenants({ flags: flagsOf(options), json: options["json"] === true }, io);
    }),
  );
}

function addShow(group: Command, io: Io, act: Act): void {
  const command = group
    .command("show")
    .description(
      "its settings, defaults included, without secrets; where they come from; whether they can be used here",
    )
    .argument("<id>", "the tenant's id")
    .option("--json", "print { id, status, origin, problems, settings }");
  addSettingFlags(command).action(async (id: string, options: Options) => {
    const { showTenant } = await import("./tenants.ts");
    await act(() => showTenant({ flags: flagsOf(options), json: options["json"] === true, id }, io))({});
  });
}

function addRemove(group: Command, io: Io, act: Act): void {
  const command = group
    .command("remove")
    .description("take it out of service; nothing of it is deleted, and applying it again brings it back")
    .argument("<id>", "the tenant's id")
    .option("--json", "print { tenants: [ { id, outcome, changed } ], endpoints }");
  addSettingFlags(command).action(async (id: string, options: Options) => {
    const { removeTenant } = await import("./tenants.ts");
    await act(() => removeTenant({ flags: flagsOf(options), json: options["json"] === true, id }, io))({});
  });
}
