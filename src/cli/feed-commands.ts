/** `handover tail`, `listen`, `relay`: names and options. */
import type { Command } from "commander";
import { append, filterMeaning } from "./command.ts";
import type { Act } from "./command.ts";
import type { Io } from "./io.ts";
import { addConnectionFlags } from "./remote/connection.ts";

const types = ["--types <types>", "only these event types, with commas between: summary.*,task.failed"] as const;
const filter = ["--filter <path=values>", filterMeaning, append, [] as readonly string[]] as const;
const ca = ["--ca-file <file>", "PEM of a CA that the receiver's certificate comes from"] as const;
const form = ["--signature <form>", "standard (default), sha256-body, hex-body or sha256-timestamp-body"] as const;

function addTail(program: Command, io: Io, act: Act): void {
  const command = program
    .command("tail")
    .description("follow the tenant's events, or the attempts at one endpoint, a line each as they happen")
    .option(...types)
    .option(...filter)
    .option("--all", "begin with the oldest event instead of now")
    .option("--after <cursor>", "begin after this cursor of the feed")
    .option("--endpoint <id>", "follow the attempts at this endpoint instead")
    .option("--json", "one JSON object a line: the event's envelope, or the attempt");
  addConnectionFlags(command).action(
    act(async (options) => {
      const { tail } = await import("./tail.ts");
      return tail(options, io);
    }),
  );
}

function addListen(program: Command, io: Io, act: Act): void {
  const command = program
    .command("listen")
    .description("for developers: bring events to a receiver on this machine as signed webhooks; needs no tunnel")
    .requiredOption("--forward-to <url>", "your receiver")
    .option(...types)
    .option(...filter)
    .option(...form)
    .option("--secret-env <name>", "variable that holds the signing secret (default: one is made and shown)")
    .option("--consumer <name>", "keep the place under this name (default: begin with what comes from now on)")
    .option("--timeout <seconds>", "for one attempt (default: 15)")
    .option(...ca)
    .option(
      "--json",
      "one JSON object a line: { at, event, type, subject, attempt, code, durationMs, result, delayMs? }",
    );
  addConnectionFlags(command).action(
    act(async (options) => {
      const { listen } = await import("./listen.ts");
      return listen(options, io);
    }),
  );
}

function addRelay(program: Command, io: Io, act: Act): void {
  const command = program
    .command("relay")
    .description(
      "for hospitals that let nothing in: bring events to receivers inside, acknowledging only what they took",
    )
    .requiredOption("--forward-to <[name=]url>", "a receiver inside; may be repeated, each with a name", append, [])
    .requiredOption(
      "--secret-env <[name=]variable>",
      "variable with the signing secret, current first; may be repeated",
      append,
      [],
    )
    .requiredOption("--consumer <name>", "keeps this relay's place at the adapter")
    .option("--from-now", "at the very first start begin with what comes from then on (default: with the oldest event)")
    .option(...types)
    .option(...filter)
    .option(...form)
    .option(
      "--header-env <name=variable>",
      "a header of every request, its value from a variable; may be repeated",
      append,
      [],
    )
    .option(
      "--concurrency <number>",
      "jobs under way at once for each receiver; a job's events stay in order (default: 4)",
    )
    .option("--batch <number>", "most events between two acknowledgements, 1 to 200 (default: 50)")
    .option("--give-up-after <seconds>", "pass over an event that was refused (3xx, 4xx) for so long (default: never)")
    .option("--timeout <seconds>", "for one attempt (default: 15)")
    .option(...ca)
    .option("--health-port <port>", "serve /livez, /readyz and /metrics there")
    .option("--health-host <address>", "where the health port listens (default: 127.0.0.1)")
    .option("--verbose", "a line for what was delivered too")
    .option("--json", "one JSON object a line for every attempt");
  addConnectionFlags(command).action(
    act(async (options) => {
      const { relay } = await import("./relay.ts");
      return relay(options, io);
    }),
  );
}

export function addFeedCommands(program: Command, io: Io, act: Act): void {
  addTail(program, io, act);
  addListen(program, io, act);
  addRelay(program, io, act);
}
