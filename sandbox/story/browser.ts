/** A browser without a screen: keeps cookies by origin and follows redirects, as an EHR's embedded browser would. */

export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where the last redirect led. */
  readonly url: string;
}

export interface Browser {
  /** Opens a page and follows its redirects. */
  readonly open: (url: string) => Promise<BrowserAnswer>;
  /** A request with the origin's cookies; the caller reads the body. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

/** Launches have four redirects; a loop has no end. */
const MAX_REDIRECTS = 10;

export function createBrowser(timeoutMs: number): Browser {
  const jar = new Map<string, Map<string, string>>();

  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const headers = new Headers(init.headers);
    const cookies = [...(jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookies !== "") headers.set("cookie", cookies);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) keep(jar, origin, line);
    return response;
  }

  return {
    fetch: send,
    open: async (url) => {
      let next = url;
      for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
        const response = await send(next, {
          headers: { accept: "text/html,application/xhtml+xml" },
          signal: AbortSignal.timeout(timeoutMs),
        });
        const location = response.headers.get("location");
        const text = await response.text();
        if (location === null) return { status: response.status, headers: response.headers, text, url: next };
        next = new URL(location, next).href;
      }
      throw new Error("the launch redirects without end");
    },
  };
}

function keep(jar: Map<string, Map<string, string>>, origin: string, line: string): void {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf("="));
  const cookies = jar.get(origin) ?? new Map<string, string>();
  jar.set(origin, cookies);
  if (attributes.some((attribute) => /^max-age=0$/iu.test(attribute))) cookies.delete(name);
  else cookies.set(name, pair.slice(name.length + 1));
}
