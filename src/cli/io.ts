/** Where a command writes. Results go to standard output, everything said beside them to standard error. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** The process's own streams. A reader that went away (`| head`) is no reason to crash. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  };
}

/** Exit codes of every command (sysexits where it has a word for the case). */
export const exitCodes = {
  ok: 0,
  /** The command ran, and what it checked does not hold. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something it needs is away: database, port. */
  unavailable: 69,
  /** A fault of the program itself. */
  software: 70,
  /** A setting is wrong. */
  configuration: 78,
} as const;
