/** A call of the API as a client makes it: JSON both ways, a Bearer. */
import { apiKey } from "./whole-app.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // The tests look into answers of many shapes; each assertion says which.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type ApiCall = (
  method: string,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<ApiAnswer>;

/** @param app read at each call: tests start it later */
export function apiCaller(app: () => { readonly url: string }, key = apiKey): ApiCall {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${app().url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === "" ? undefined : JSON.parse(text),
    };
  };
}
