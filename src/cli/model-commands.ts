/** `handover model ...`: names, arguments and options. */
import type { Command } from "commander";
import type { Act } from "./command.ts";
import { textOf } from "./command.ts";
import type { Io } from "./io.ts";
import { addSettingFlags, flagsOf } from "./setting-flags.ts";

export function addModel(program: Command, io: Io, act: Act): void {
  const group = program.command("model").description("language models: what they cost and wrote, and how to stop them");
  addUsage(group, io, act);
  addStop(group, io, act);
  addStart(group, io, act);
}

function ofTenant(group: Command, name: string, about: string): Command {
  return group.command(name).description(about).requiredOption("--tenant <id>", "whose models");
}

function addUsage(group: Command, io: Io, act: Act): void {
  const command = ofTenant(group, "usage", "calls, tokens, cost, and sentences that stood or fell; what is stopped")
    .option("--days <number>", "looking back so far", "7")
    .option("--json", "print { stops, since, usage, drops }");
  addSettingFlags(command).action(
    act(async (options) => {
      const { modelUsage } = await import("./model.ts");
      const tenant = textOf(options, "tenant") ?? "";
      const days = Number(textOf(options, "days") ?? "7");
      if (!Number.isInteger(days) || days < 1 || days > 400) command.error("--days takes a number from 1 to 400");
      return modelUsage({ flags: flagsOf(options), tenant, days, json: options["json"] === true }, io);
    }),
  );
}

function addStop(group: Command, io: Io, act: Act): void {
  const command = ofTenant(group, "stop", "ask a model no more; calls under way end within two seconds")
    .option("--model <name>", "as the settings name it (default: every model)", "*")
    .requiredOption("--reason <text>", "for the audit log and whoever looks later");
  addSettingFlags(command).action(
    act(async (options) => {
      const { stop } = await import("./model.ts");
      const tenant = textOf(options, "tenant") ?? "";
      const model = textOf(options, "model") ?? "*";
      return stop({ flags: flagsOf(options), tenant, model, reason: textOf(options, "reason") ?? "" }, io);
    }),
  );
}

function addStart(group: Command, io: Io, act: Act): void {
  const command = ofTenant(group, "start", "take a stop back").option(
    "--model <name>",
    "as it was stopped (default: every model)",
    "*",
  );
  addSettingFlags(command).action(
    act(async (options) => {
      const { start } = await import("./model.ts");
      const tenant = textOf(options, "tenant") ?? "";
      return start({ flags: flagsOf(options), tenant, model: textOf(options, "model") ?? "*" }, io);
    }),
  );
}
