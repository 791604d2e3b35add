/** What an adapter that was called over HTTP had against it, or that it did not answer. */
import { exitCodes } from "../io.ts";

export interface RemoteFailureParts {
  /** One sentence for a person. */
  readonly message: string;
  readonly fix: string;
  readonly exitCode: number;
  /** Of the answer; absent where none came. */
  readonly status?: number;
  /** The code of docs/errors.md. */
  readonly code?: string;
  /** The adapter's log and audit know the request by it. */
  readonly requestId?: string;
  /** How long the adapter asked to be left alone. */
  readonly retryAfterMs?: number;
}

export class RemoteFailure extends Error {
  readonly parts: RemoteFailureParts;

  constructor(parts: RemoteFailureParts) {
    super(parts.message);
    this.name = "RemoteFailure";
    this.parts = parts;
  }

  /** Whether the same call can succeed later: nobody answered, or the adapter is busy or going down. */
  get passing(): boolean {
    const { status } = this.parts;
    return status === undefined || status === 429 || status >= 500;
  }
}

/** The command line is wrong, in a way that only the command itself could see. */
export function usageError(message: string): RemoteFailure {
  return new RemoteFailure({ message, fix: "(--help lists what there is)", exitCode: exitCodes.usage, status: 0 });
}
