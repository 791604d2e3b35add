/** `handover endpoint ...`: names, arguments and options. */
import type { Command } from "commander";
import type { Act, Options } from "./command.ts";
import { append, filterMeaning } from "./command.ts";
import type * as Endpoint from "./endpoint.ts";
import type { Io } from "./io.ts";
import { addConnectionFlags } from "./remote/connection.ts";

type Run = typeof Endpoint;

/** One command of the group; the work is loaded when it is called. */
function addOne(
  group: Command,
  {
    name,
    about,
    json,
    args = [],
  }: { name: string; about: string; json: string; args?: readonly (readonly [string, string])[] },
  act: Act,
  work: (run: Run, given: readonly string[], options: Options) => Promise<number>,
): Command {
  const command = group.command(name).description(about).option("--json", `print ${json}`);
  for (const [argument, meaning] of args) command.argument(argument, meaning);
  return addConnectionFlags(command).action(async (...given: unknown[]) => {
    // Commander hands over the arguments, then the options, then the command.
    const options = (given.at(-2) ?? {}) as Options;
    const words = given.slice(0, -2).filter((each) => typeof each === "string");
    const run = await import("./endpoint.ts");
    await act(() => work(run, words, options))({});
  });
}

const id = ["<id>", "the endpoint's id"] as const;

function addSettings(command: Command): Command {
  return command
    .option("--events <types>", "event types with commas between: summary.*,task.completed (default: summary.*)")
    .option("--filter <path=values>", filterMeaning, append, [])
    .option("--payload <payload>", "thin (references only) or full (with the summary's text)")
    .option("--signature <form>", "standard, sha256-body, hex-body or sha256-timestamp-body")
    .option("--ordering <ordering>", "none or per-job")
    .option("--concurrency <number>", "requests in flight at once")
    .option("--rate <number>", "requests a second")
    .option("--timeout <seconds>", "for one attempt")
    .option("--retry <preset>", "standard (about 28 h) or short (5 attempts)")
    .option("--contact <address>", "who is told when it fails")
    .option(
      "--header-env <name=variable>",
      "a header of every request, its value from a variable; may be repeated",
      append,
      [],
    )
    .option(
      "--settings <file>",
      "JSON with any settings of an endpoint (as in the configuration file); - reads standard input",
    );
}

/** Looking at endpoints. */
function addReading(group: Command, io: Io, act: Act): void {
  addOne(
    group,
    { name: "list", about: "every endpoint of the tenant", json: "{ endpoints: [...] }" },
    act,
    (run, _, options) => run.listEndpoints(options, io),
  );
  addOne(
    group,
    { name: "show", about: "one endpoint: settings, circuit, backlog", json: "the endpoint", args: [id] },
    act,
    (run, [of = ""], options) => run.showEndpoint(of, options, io),
  );
  addOne(
    group,
    {
      name: "attempts",
      about: "what was tried lately, the newest delivery first",
      json: "{ attempts: [...] }",
      args: [id],
    },
    act,
    (run, [of = ""], options) => run.listAttempts(of, options, io),
  )
    .option("--outcome <outcome>", "only delivered, retry, dead, withheld or held")
    .option("--since <time>", "RFC 3339, or how long ago: 90s, 30m, 6h, 2d")
    .option("--limit <number>", "how many", "20");
}

/** How one does in figures. */
function addStats(group: Command, io: Io, act: Act): void {
  addOne(
    group,
    {
      name: "stats",
      about: "how it does: rates, the receiver's times, outcomes by code, backlog",
      json: "the figures",
      args: [id],
    },
    act,
    (run, [of = ""], options) => run.endpointStats(of, options, io),
  ).option("--window <window>", "1h, 24h or 7d (default: 1h)");
}

/** Making and changing them. */
function addWriting(group: Command, io: Io, act: Act): void {
  const create = addOne(
    group,
    {
      name: "create",
      about: "make an endpoint; its secret stands on standard output, this once",
      json: "{ endpoint, secret }",
      args: [id, ["<receiver>", "URL that events are sent to"]],
    },
    act,
    (run, [of = "", receiver = ""], options) => run.createEndpoint(of, receiver, options, io),
  );
  addSettings(create)
    .option("--secret-env <name>", "variable that holds the receiver's own secret (default: one is made)")
    .option("--verify", "hold events until the receiver has answered a challenge (`endpoint verify`)");
  const change = addOne(
    group,
    {
      name: "change",
      about: "change settings; what is queued goes by them from its next attempt on",
      json: "the endpoint",
      args: [id],
    },
    act,
    (run, [of = ""], options) => run.changeEndpoint(of, options, io),
  );
  addSettings(change).option("--receiver <url>", "another address; what is queued goes there");
  addOne(
    group,
    { name: "remove", about: "remove it; what it is owed is kept, and not sent", json: "{ removed }", args: [id] },
    act,
    (run, [of = ""], options) => run.removeEndpoint(of, options, io),
  );
  addOne(
    group,
    {
      name: "rotate",
      about: "take a new signing secret; it stands on standard output, this once",
      json: "{ secret, previousValidUntil? }",
      args: [id],
    },
    act,
    (run, [of = ""], options) => run.rotateEndpoint(of, options, io),
  )
    .option("--overlap <hours>", "how long the secret before goes on signing beside it: 0 to 168 (default: 24)")
    .option("--secret-env <name>", "variable that holds the new secret (default: one is made)");
}

/** What is done with them in a night of trouble. */
function addDeeds(group: Command, io: Io, act: Act): void {
  const deeds = {
    pause: "hold what is owed and what comes, until `resume`",
    resume: "take events again; what was held meanwhile goes out",
  } as const;
  for (const deed of ["pause", "resume"] as const)
    addOne(
      group,
      { name: deed, about: deeds[deed], json: "the endpoint", args: [id] },
      act,
      (run, [of = ""], options) => run.moveEndpoint(of, deed, options, io),
    );
  const trials = {
    test: "send a signed test event now, and tell what came of it",
    verify: "send the challenge whose answer verifies the endpoint",
  } as const;
  for (const deed of ["test", "verify"] as const)
    addOne(
      group,
      { name: deed, about: trials[deed], json: "{ id, ok, code, httpStatus?, durationMs }", args: [id] },
      act,
      (run, [of = ""], options) => run.tryEndpoint(of, deed, options, io),
    );
  addOne(
    group,
    {
      name: "recover",
      about: "make up for the time since a moment: what failed, and what it was never owed",
      json: "{ queued }",
      args: [id],
    },
    act,
    (run, [of = ""], options) => run.recoverEndpoint(of, options, io),
  )
    .requiredOption("--since <time>", "RFC 3339, or how long ago: 90s, 30m, 6h, 2d")
    .option("--only <which>", "failed or missing (default: both)")
    .option("--rate <number>", "how many become due in a second (default: 20)");
}

export function addEndpoint(program: Command, io: Io, act: Act): void {
  const group = program
    .command("endpoint")
    .description("webhook endpoints of a running adapter: make, look at, change, try, recover");
  addReading(group, io, act);
  addStats(group, io, act);
  addWriting(group, io, act);
  addDeeds(group, io, act);
}
