/** The job worker's lines in the process's log: words become event names, errors become what a line may tell of them. */
import type { WorkLog } from "../jobs/work.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Log } from "../telemetry/log.ts";

export function workLog(log: Log): WorkLog {
  return (level, message, { error, cause, ...fields }) => {
    const about = cause === undefined ? {} : errorFields(cause);
    log[level](`job.${message.replaceAll(" ", "_")}`, {
      ...fields,
      ...about,
      ...(error === undefined ? {} : { code: error }),
    });
  };
}
