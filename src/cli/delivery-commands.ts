/** `handover explain`, `replay`: names, arguments and options. */
import type { Command } from "commander";
import type { Act, Options } from "./command.ts";
import type { Io } from "./io.ts";
import { addConnectionFlags } from "./remote/connection.ts";

function addExplain(program: Command, io: Io, act: Act): void {
  const command = program
    .command("explain")
    .description(
      "one delivery's whole life on one screen: what it tells of, every attempt, what comes next, what to do",
    )
    .argument("<what>", "a delivery (endpoint:number), an event (evt_...), a job's id, batch/ID or endpoint/ID")
    .option("--endpoint <id>", "of an event's or a job's deliveries only this endpoint's")
    .option("--json", "print { delivery, endpoint, eventAt, standing: { now, next?, fixes } }, or { deliveries }");
  addConnectionFlags(command).action(async (what: string, options: Options) => {
    const { explain } = await import("./explain.ts");
    await act(() => explain(what, options, io))({});
  });
}

function addReplay(program: Command, io: Io, act: Act): void {
  const command = program
    .command("replay")
    .description("send deliveries again, under the same ids: by name, by what they have in common, or what was missed")
    .argument("[deliveries...]", "endpoint:number; delivered ones too")
    .option("--endpoint <id>", "dead and held deliveries of this endpoint")
    .option("--types <types>", "of these event types, with commas between")
    .option("--since <time>", "owed since: RFC 3339, or how long ago: 90s, 30m, 6h, 2d")
    .option("--until <time>", "owed before")
    .option("--state <state>", "dead (used up its attempts) or held (its endpoint took nothing); default: both")
    .option("--only <which>", "with --endpoint and --since: failed, or missing (what it was never owed)")
    .option("--rate <number>", "how many become due in a second (default: 20); the endpoint's own rate holds besides")
    .option("--list", "show what would be sent, and send nothing")
    .option("--json", "print { queued }; with --list { deliveries }");
  addConnectionFlags(command).action(async (names: readonly string[], options: Options) => {
    const { replay } = await import("./replay.ts");
    await act(() => replay(names, options, io))({});
  });
}

export function addDeliveryCommands(program: Command, io: Io, act: Act): void {
  addExplain(program, io, act);
  addReplay(program, io, act);
}
