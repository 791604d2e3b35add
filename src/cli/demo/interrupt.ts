/** Resolves at the first Ctrl-C or SIGTERM. npm passes on what the terminal has sent already, so repeats are ignored. */
export function untilInterrupted(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on("SIGINT", resolve).on("SIGTERM", resolve);
  });
}
