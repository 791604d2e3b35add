/** One lane works off one endpoint of one tenant. */
export interface LaneKey {
  readonly tenant: string;
  readonly endpoint: string;
}

/** As wake-up hints carry it: ids only. */
export function encodeLaneKey({ tenant, endpoint }: LaneKey): string {
  return `${tenant}/${endpoint}`;
}

/** Undefined for what is no key: hints come from outside this process. */
export function decodeLaneKey(text: string): LaneKey | undefined {
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) return undefined;
  return { tenant: text.slice(0, slash), endpoint: text.slice(slash + 1) };
}
