/** What every command of the command line is made with. */

/** As commander parsed them. */
export type Options = Readonly<Record<string, unknown>>;
/** Runs a command and returns its exit code. */
export type Action = (options: Options) => Promise<number>;
/** Makes an action into what commander calls; keeps the exit code. */
export type Act = (action: Action) => (options: Options) => Promise<void>;

/** An option's text; undefined where it was not given. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** Of `--filter`. */
export const filterMeaning =
  "only events that say so: data.status=completed,failed (text ending in *: what begins so); may be repeated, all must hold";

/** Collects an option that may be repeated. */
export function append(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
