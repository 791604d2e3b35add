/** `handover keys ...`: names, arguments and options. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { Act, Options } from "./command.ts";
import { textOf } from "./command.ts";
import type { Io } from "./io.ts";
import { addSettingFlags, flagsOf } from "./setting-flags.ts";

export function addKeys(program: Command, io: Io, act: Act): void {
  const group = program.command("keys").description("our own key pairs: which sign what, and new ones in their place");
  addList(group, io, act);
  addRotate(group, io, act);
}

function addList(group: Command, io: Io, act: Act): void {
  const command = group
    .command("list")
    .description("every pair that signs or is still published; public parts only")
    .option("--json", "print { keys: [ { kid, use, alg, tenant?, createdAt, validUntil?, publicKey? } ] }");
  addSettingFlags(command).action(
    act(async (options) => {
      const { listKeys } = await import("./keys.ts");
      return listKeys({ flags: flagsOf(options), json: options["json"] === true }, io);
    }),
  );
}

function addRotate(group: Command, io: Io, act: Act): void {
  const command = group
    .command("rotate")
    .description("make a new pair; the one before stays published until nobody can need it")
    .addOption(new Option("--alg <alg>", "the adapter's own, for client assertions").choices(["ES384", "RS384"]))
    .option("--webhooks <tenant>", "this tenant's, that signs its webhooks (v1a)")
    .option("--overlap-hours <hours>", "with --webhooks: how long both sign (1 to 720)", parseHours, 168)
    .option("--json", "print { kid, keys }");
  addSettingFlags(command).action(
    act(async (options: Options) => {
      const { rotateKeys } = await import("./keys.ts");
      const alg = textOf(options, "alg");
      const tenant = textOf(options, "webhooks");
      if ((alg === undefined) === (tenant === undefined)) command.error("give either --alg or --webhooks");
      const which =
        tenant === undefined
          ? ({ alg: alg === "RS384" ? "RS384" : "ES384" } as const)
          : { tenant, overlapHours: Number(options["overlapHours"]) };
      return rotateKeys({ flags: flagsOf(options), json: options["json"] === true, which }, io);
    }),
  );
}

function parseHours(value: string): number {
  const hours = Number(value);
  if (!(hours >= 1 && hours <= 720)) throw new InvalidArgumentError("1 to 720.");
  return hours;
}
