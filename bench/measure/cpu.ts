/** CPU time that work took: in this process, and in the database server where that runs on this machine. */
import { readFileSync, readdirSync } from "node:fs";
import { Client } from "pg";

/** The kernel's clock ticks are hundredths of a second on every Linux that Node runs on. */
const msPerTick = 10;

interface ProcessTimes {
  readonly parent: number;
  /** Of the process itself, and of children that it has waited for. */
  readonly own: number;
  readonly ended: number;
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything; what follows it is plain.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const at = (field: number): number => (fields[field - 3] ?? 0) * (field > 13 ? msPerTick : 1);
    return { parent: at(4), own: at(14) + at(15), ended: at(16) + at(17) };
  } catch {
    return undefined;
  }
}

/** All processes of a server: its postmaster, the children that live, and those that have ended. */
function serverMs(postmaster: number): number {
  const pids = readdirSync("/proc").flatMap((name) => (/^\d+$/u.test(name) ? [Number(name)] : []));
  const times = pids.flatMap((pid) => {
    const found = timesOf(pid);
    if (found === undefined) return [];
    if (pid === postmaster) return [found.own + found.ended];
    return found.parent === postmaster ? [found.own] : [];
  });
  return times.reduce((sum, ms) => sum + ms, 0);
}

export interface CpuMeter {
  /** Runs `work` and says how much CPU time it took, in milliseconds. `databaseMs` is absent where it cannot be seen. */
  during<T>(work: () => Promise<T>): Promise<{ value: T; processMs: number; databaseMs?: number }>;
}

/** A meter for this process and the server behind the URL. */
export async function createCpuMeter(ownerUrl: string): Promise<CpuMeter> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const postmaster = timesOf(rows[0]?.pid ?? 0)?.parent;
  await client.end();
  return {
    async during(work) {
      const databaseBefore = postmaster === undefined ? 0 : serverMs(postmaster);
      const before = process.cpuUsage();
      const value = await work();
      const { user, system } = process.cpuUsage(before);
      const processMs = (user + system) / 1000;
      return postmaster === undefined
        ? { value, processMs }
        : { value, processMs, databaseMs: serverMs(postmaster) - databaseBefore };
    },
  };
}
