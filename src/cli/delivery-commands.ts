/** `handover explain`, `replay`, `trigger`, `verify`: names, arguments and options. */
import type { Command } from "commander";
import type { Act, Options } from "./command.ts";
import { append } from "./command.ts";
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

function addTrigger(program: Command, io: Io, act: Act): void {
  const command = program
    .command("trigger")
    .description("send the example of an event, signed and marked as a test, to a URL or to an endpoint of the adapter")
    .argument("[type]", "such as summary.signed")
    .option("--list", "show the types")
    .option("--to <url>", "a receiver; needs no adapter")
    .option("--secret-env <name>", "with --to: variable that holds the signing secret")
    .option("--signature <form>", "with --to: standard (default), sha256-body, hex-body or sha256-timestamp-body")
    .option("--timeout <seconds>", "with --to (default: 15)")
    .option("--ca-file <file>", "with --to: PEM of a CA that the receiver's certificate comes from")
    .option("--endpoint <id>", "an endpoint of the adapter, signed with its secrets")
    .option("--json", "print { id, ok, code, durationMs }");
  addConnectionFlags(command).action(async (type: string | undefined, options: Options) => {
    const { trigger } = await import("./trigger.ts");
    await act(() => trigger(type, options, io))({});
  });
}

function addVerify(program: Command, io: Io, act: Act): void {
  program
    .command("verify")
    .description("judge a webhook that somebody kept: which check fails, and why; reads no network and no database")
    .option("--request <file>", "headers, blank line, body, as on the wire (default: standard input)")
    .option("--headers <file>", "the headers, `name: value` lines or JSON; with --body")
    .option("--body <file>", "the body's bytes; with --headers")
    .option("--secret-env <name>", "variable with a secret; may be repeated", append, [])
    .option("--public-key <key>", "whpk_... for v1a; may be repeated", append, [])
    .option(
      "--signature <form>",
      "standard, sha256-body, hex-body or sha256-timestamp-body (default: as the headers look)",
    )
    .option("--at <time>", "judge as of then: RFC 3339, or how long ago (default: now)")
    .option("--tolerance <seconds>", "how far the timestamp may be away (default: 300)")
    .option("--json", "print { ok, form, checks: [ { check, ok, detail } ] }")
    .action(
      act(async (options) => {
        const { verify } = await import("./verify.ts");
        return verify(options, io);
      }),
    );
}

export function addDeliveryCommands(program: Command, io: Io, act: Act): void {
  addExplain(program, io, act);
  addReplay(program, io, act);
  addTrigger(program, io, act);
  addVerify(program, io, act);
}
