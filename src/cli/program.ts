/** `handover <command>`: what each command is called and takes. The work stands in one file a command, loaded when called. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Act, Action, Options } from "./command.ts";
import { append } from "./command.ts";
import { addDeliveryCommands } from "./delivery-commands.ts";
import { addDocument } from "./document-commands.ts";
import { addEndpoint } from "./endpoint-commands.ts";
import { addFeedCommands } from "./feed-commands.ts";
import { reportFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { addKeys } from "./key-commands.ts";
import { addModel } from "./model-commands.ts";
import { addSettingFlags, flagsOf } from "./setting-flags.ts";
import { addSummaryCommands } from "./summary-commands.ts";
import { addApply, addTenant } from "./tenant-commands.ts";

/** Runs the command line (without node and script). Resolves with the exit code; never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const act =
    (action: Action) =>
    async (options: Options): Promise<void> => {
      exitCode = await action(options);
    };
  try {
    await buildProgram(io, act).parseAsync(withCommand(argv), { from: "user" });
    return exitCode;
  } catch (thrown) {
    // Help and version end here too, with code 0; commander has already said what is wrong.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportFailure(thrown, io);
  }
}

/** Without a command it serves. Not by commander's default command, which would take a misspelt one for an argument. */
function withCommand(argv: readonly string[]): string[] {
  const [first = "--serve"] = argv;
  const serves = first.startsWith("-") && first !== "--help" && first !== "-h";
  return serves ? ["serve", ...argv] : [...argv];
}

function buildProgram(io: Io, act: Act): Command {
  const program = new Command("handover")
    .description("FHIR and CDS Hooks adapter: from a discharge hook to a signed, evidenced discharge summary.")
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .showHelpAfterError("(--help lists what there is)")
    .addHelpText("after", "\nSettings come from the environment, the file named by HANDOVER_CONFIG, and flags.");
  addServe(program, io, act);
  addMigrate(program, io, act);
  addDoctor(program, io, act);
  addApply(program, io, act);
  addTenant(program, io, act, runDoctor);
  addKeys(program, io, act);
  addModel(program, io, act);
  addEndpoint(program, io, act);
  addDeliveryCommands(program, io, act);
  addFeedCommands(program, io, act);
  addSummaryCommands(program, io, act);
  addDocument(program, io, act);
  addDemo(program, io, act);
  addEval(program, io, act);
  addNewService(program, io, act);
  return program;
}

function addServe(program: Command, io: Io, act: Act): void {
  const command = program
    .command("serve")
    .description("run the adapter (also what runs without a command)")
    // For the demo's own child processes: inline secrets, and an end with whoever started them.
    .addOption(new Option("--demo").hideHelp());
  addSettingFlags(command).action(
    act(async (options) => {
      const { serve } = await import("./serve.ts");
      return serve({ flags: flagsOf(options), demo: options["demo"] === true }, io);
    }),
  );
}

function addMigrate(program: Command, io: Io, act: Act): void {
  const command = program
    .command("migrate")
    .description("bring the database up to this version, as its owner (DATABASE_MIGRATION_URL)")
    .option("--json", "print { applied: [names] }");
  addSettingFlags(command).action(
    act(async (options) => {
      const { migrateDatabase } = await import("./migrate.ts");
      return migrateDatabase({ flags: flagsOf(options), json: options["json"] === true }, io);
    }),
  );
}

function addDoctor(program: Command, io: Io, act: Act): void {
  const command = program
    .command("doctor")
    .description("check configuration and database; each line says what is wrong and what mends it")
    .option("--tenant <id>", "check one hospital's set-up instead: network, EHR, keys, scopes, write-back")
    .option("--registration", "with --tenant: print what to enter into the EHR's registration forms")
    .option("--json", "print { ok, checks: [ { name, ok, found, fix? } ] }");
  addSettingFlags(command).action(act((options) => runDoctor(options, options["tenant"], io)));
}

async function runDoctor(options: Options, tenant: unknown, io: Io): Promise<number> {
  const { doctor } = await import("./doctor.ts");
  const flags = flagsOf(options);
  const registration = options["registration"] === true;
  const of = typeof tenant === "string" ? { tenant } : {};
  return doctor({ flags, json: options["json"] === true, registration, ...of }, io);
}

function addDemo(program: Command, io: Io, act: Act): void {
  program
    .command("demo")
    .description("the whole job on this machine: embedded Postgres, adapter, sandbox EHR, verifying receiver")
    .option("--once", "walk the story once and exit; 0 only if every witness saw its part")
    .option("--json", "with --once: print { ok, seed, steps: [ { name, ok, ms, witness } ] }")
    .option("--seed <number>", "of the scripted model", parseSeed, 1)
    .option("--chart <file>", "discharge the patient of this Bundle (.json, .json.gz)")
    .option("--without <reader>", "leave a reader out, to see the story fail; may be repeated", append, [])
    .option("--break <what>", "inject a fault and show the recovery: worker, endpoint, model or ehr")
    .action(
      act(async (options) => {
        const { demo } = await import("./demo.ts");
        return demo(options, io);
      }),
    );
}

function addEval(program: Command, io: Io, act: Act): void {
  program
    .command("eval")
    .description("clinical evaluation of a folder of charts, or of synthetic ones")
    .argument("[arguments...]", "DIR or --synthetic N, and options: --help has them")
    // Its own parser knows the rest, `--help` included.
    .allowUnknownOption()
    .helpOption(false)
    .action(async (given: readonly string[]) => {
      const { runEval } = await import("./eval.ts");
      await act(() => runEval([...given], io))({});
    });
}

function addNewService(program: Command, io: Io, act: Act): void {
  program
    .command("new-service")
    .description("write a CDS service that works, with its tests, for you to change")
    .argument("<id>", "its id and folder: lower-case words with hyphens")
    .option("--into <folder>", "folder that holds the services (default: cds-services)")
    .option("--json", "print { id, folder, files }")
    .action(async (id: string, options: Options) => {
      const { newService } = await import("./new-service.ts");
      const into = options["into"];
      const where = typeof into === "string" ? { into } : {};
      await act(() => newService({ id, ...where, json: options["json"] === true }, io))({});
    });
}

function parseSeed(value: string): number {
  const seed = Number(value);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InvalidArgumentError("a whole number from 0.");
  return seed;
}
