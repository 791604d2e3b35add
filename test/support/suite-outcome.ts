/** What a run of test files came to, read from the lines its reporter prints. */

export interface SuiteOutcome {
  /** Files in which a test, a hook or the file itself failed. */
  readonly failedFiles: ReadonlySet<string>;
  /** What is wrong with the run as a whole, and no second run of those files could change: coverage, claims of other files. */
  readonly faults: readonly string[];
}

/** @param printed everything that the reporter wrote */
export function suiteOutcome(printed: string): SuiteOutcome {
  const failedFiles = new Set([...printed.matchAll(/^FAILED {2}(\S+\.test\.ts) {2}/gmu)].map(([, file = ""]) => file));
  const faults = printed.split("\n").filter((line) => {
    if (!line.startsWith("FAILED    ")) return false;
    const claimant = /did not run and pass: (\S+\.test\.ts):/u.exec(line)?.[1];
    return claimant === undefined || !failedFiles.has(claimant);
  });
  return { failedFiles, faults };
}

/** So many files may be unsteady; more of them, and something is broken. */
const mostSecondRuns = 3;

/**
 * The files to run once more, alone. A wait that ran out beside everything else on two busy cores says little; what is wrong
 * fails again. None where there is nothing to gain: all passed, too many failed, or the run is at fault as a whole.
 */
export function worthSecondRun({ failedFiles, faults }: SuiteOutcome): readonly string[] {
  return faults.length > 0 || failedFiles.size > mostSecondRuns ? [] : [...failedFiles];
}
