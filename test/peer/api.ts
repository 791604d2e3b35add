/** The adapter's API as an integration of the hospital calls it. */

/** Answers with the parsed body; throws where the adapter refuses. */
export type Api = (method: string, path: string, json?: unknown) => Promise<unknown>;

const LIMIT_MS = 60_000;

export function createApi(adapterUrl: string, key: string): Api {
  return async (method, path, json) => {
    const response = await fetch(`${adapterUrl}${path}`, {
      method,
      headers: {
        accept: "application/json, application/fhir+json",
        authorization: `Bearer ${key}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path.split("?", 1)[0]} was answered ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}
