/** `handover document`: names, arguments and options. */
import type { Command } from "commander";
import { Option } from "commander";
import type { Act, Options } from "./command.ts";
import type { Io } from "./io.ts";
import { addConnectionFlags } from "./remote/connection.ts";

/** Documents on their way into the EHR. */
export function addDocument(program: Command, io: Io, act: Act): void {
  const group = program
    .command("document")
    .description("documents on their way into the EHR: what is sent and why, what the EHR refused, another try");
  addDescribe(group, io, act);
  const list = group
    .command("list")
    .description("what the EHR refused, and what is still on its way; exit code 1 where one was refused")
    .addOption(new Option("--state <state>", "only these").choices(["open", "rejected", "written"]))
    .option("--json", "print { items }: may hold what the EHR said of a patient");
  addConnectionFlags(list).action(
    act(async (options) => {
      const { documentList } = await import("./document.ts");
      return documentList(options, io);
    }),
  );
  const show = group
    .command("show")
    .description("where the documents of one job stand, what the EHR said, and what mends it")
    .argument("<job>", "the job's id")
    .option("--json", "print { items }: may hold what the EHR said of the patient");
  addConnectionFlags(show).action(async (job: string, options: Options) => {
    const { documentShow } = await import("./document.ts");
    await act(() => documentShow(job, options, io))({});
  });
  const retry = group
    .command("retry")
    .description("try again now what the EHR refused or what waits for its next try; none comes twice for it")
    .argument("[job]", "the job's id")
    .option("--all", "of every job, once the cause is mended")
    .option("--json", "print { queued }");
  addConnectionFlags(retry).action(async (job: string | undefined, options: Options) => {
    const { documentRetry } = await import("./document.ts");
    await act(() => documentRetry(job, options, io))({});
  });
}

function addDescribe(group: Command, io: Io, act: Act): void {
  const command = group
    .command("describe")
    .description("every request that a write makes of the EHR, as it would be sent, and why; nothing is written")
    .argument("[job]", "the job's id; without it a sample of nobody")
    .option("--show", "print the whole bodies: of a job they hold the patient's summary")
    .option("--json", "print { profile, document, notes, requests }, bodies included");
  addConnectionFlags(command).action(async (job: string | undefined, options: Options) => {
    const { documentDescribe } = await import("./document.ts");
    await act(() => documentDescribe(job, options, io))({});
  });
}
