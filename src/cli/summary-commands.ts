/** `handover history`, `feedback`, `recall`, `safety-reports`, `style`: names, arguments and options. */
import type { Command } from "commander";
import type { Act, Options } from "./command.ts";
import type { Io } from "./io.ts";
import { addConnectionFlags } from "./remote/connection.ts";

function addHistory(program: Command, io: Io, act: Act): void {
  const command = program
    .command("history")
    .description("who did what to a summary, and whether the chain of its acts holds; exit code 1 where it does not")
    .argument("<job>", "the job's id")
    .option("--show", "print reasons, attestations and what was changed: text of the chart")
    .option("--json", "print { ok, at?, acts, verdict }: with text of the chart");
  addConnectionFlags(command).action(async (job: string, options: Options) => {
    const { history } = await import("./history.ts");
    await act(() => history(job, options, io))({});
  });
}

function addFeedback(program: Command, io: Io, act: Act): void {
  const command = program
    .command("feedback")
    .description("what clinicians say of the summaries, in numbers: by section, engine, model and prompt version")
    .option("--since <time>", "RFC 3339, or how long ago: 6h, 2d, 30d (default: from the beginning)")
    .option("--json", "print { since, sections, pdqi9 }");
  addConnectionFlags(command).action(
    act(async (options) => {
      const { feedback } = await import("./feedback.ts");
      return feedback(options, io);
    }),
  );
}

function addRecall(program: Command, io: Io, act: Act): void {
  const command = program
    .command("recall")
    .description(
      "every summary that a model or a prompt wrote, or that cites a record which was corrected; with --notify each is recalled",
    )
    .option("--model <name>", "written by this model")
    .option("--prompt <version>", "written by this version of the prompt")
    .option("--source <reference>", "cites this record: Observation/123, or Observation/123|4 for one version of it")
    .option("--notify", "recall them: an event of each, a warning on its page, an entry in the audit log")
    .option("--reason <text>", "why; shown on the page of each summary, kept sealed")
    .option("--json", "print { affected, recall }");
  addConnectionFlags(command).action(
    act(async (options) => {
      const { recall } = await import("./recall.ts");
      return recall(options, io);
    }),
  );
}

function addSafetyReports(program: Command, io: Io, act: Act): void {
  const command = program
    .command("safety-reports")
    .description("what people reported as unsafe, the newest first")
    .option("--since <time>", "RFC 3339, or how long ago: 6h, 2d, 30d (default: from the beginning)")
    .option("--show", "print what they wrote: may hold text of the chart")
    .option("--json", "print { items }");
  addConnectionFlags(command).action(
    act(async (options) => {
      const { safetyReports } = await import("./recall.ts");
      return safetyReports(options, io);
    }),
  );
}

const language = ["--language <language>", "en (default) or de"] as const;

function addStyle(program: Command, io: Io, act: Act): void {
  const group = program
    .command("style")
    .description("a hospital's own titles, order and texts: `generation.style` of a tenant");
  group
    .command("texts")
    .description("every text that a style may say in its own way, as a file to start from")
    .option(...language)
    .action(
      act(async (options) => {
        const { styleTexts } = await import("./style.ts");
        return styleTexts(options, io);
      }),
    );
  group
    .command("preview")
    .description("past charts without the style and with it, side by side; exit code 1 where a text is not borne out")
    .argument("<file>", "the style, JSON or YAML; alone it is only checked")
    .argument("[folder]", "chart Bundles (.json, .json.gz)")
    .option(...language)
    .option("--jurisdiction <which>", "us, eu; default: that of the language")
    .option("--time-zone <zone>", "of the hospital (default: UTC)")
    .option("--html <file>", "write a page: it holds what the charts hold")
    .option("--json", "print { style, stays: [ { chart, encounter, sections, unverified } ] }")
    .action(async (file: string, folder: string | undefined, options: Options) => {
      const { stylePreview } = await import("./style.ts");
      await act(() => stylePreview(file, folder, options, io))({});
    });
}

export function addSummaryCommands(program: Command, io: Io, act: Act): void {
  addHistory(program, io, act);
  addFeedback(program, io, act);
  addRecall(program, io, act);
  addSafetyReports(program, io, act);
  addStyle(program, io, act);
}
