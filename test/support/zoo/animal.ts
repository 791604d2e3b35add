/** What the zoo's receivers have in common: how they behave, and what a delivery to each has to come to. */
import type { EndpointConfig } from "../../../src/config/tenant-schema.ts";

/** One attempt row as it has to stand in the database. */
export interface ExpectedAttempt {
  readonly outcome: "delivered" | "retry" | "dead";
  readonly code: string;
  readonly httpStatus?: number;
  /** Seconds until the next attempt, from and to. */
  readonly waitsSeconds?: readonly [least: number, most: number];
}

export interface OpenAnimal {
  readonly url: string;
  /** Asserts what the receiver's own side saw. */
  readonly witness?: () => void;
  close(): Promise<void>;
}

export interface Animal {
  /** What the receiver does, as the test's title says it. */
  readonly does: string;
  readonly attempts: readonly ExpectedAttempt[];
  readonly endpoint?: Partial<EndpointConfig>;
  /** It is sent the event of some megabytes instead of the small one. */
  readonly big?: true;
  /** It has a name that resolves to these: one list of addresses a lookup, the last for all that follow. */
  readonly names?: Readonly<Record<string, readonly NameAnswer[]>>;
  open(): Promise<OpenAnimal>;
}

/** Addresses, or a resolver that says no, or one that says nothing. */
export type NameAnswer = readonly string[] | "unknown" | "silent";

const statusOf = (code: string): { readonly httpStatus?: number } =>
  code.startsWith("http_") ? { httpStatus: Number(code.slice(5)) } : {};

/** The one attempt that there is fails for good. */
export const fails = (code: string): Pick<Animal, "attempts"> => ({
  attempts: [{ outcome: "dead", code, ...statusOf(code) }],
});

/** The one attempt that there is counts as delivered. */
export const succeeds = (code: string): Pick<Animal, "attempts"> => ({
  attempts: [{ outcome: "delivered", code, ...statusOf(code) }],
});

/** The first attempt fails, and the next is due after so many seconds. */
export const waits = (code: string, least: number, most: number): Pick<Animal, "attempts"> => ({
  attempts: [{ outcome: "retry", code, waitsSeconds: [least, most], ...statusOf(code) }],
});
