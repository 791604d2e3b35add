/** A browser without a screen: keeps cookies by origin, follows redirects when told, sends nothing across origins. */
export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly url: string;
}

export interface CookieBrowser {
  /** One request; redirects are not followed. */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<BrowserAnswer>;
  send(method: string, url: string, headers: Readonly<Record<string, string>>, body?: string): Promise<BrowserAnswer>;
  /** Follows redirects until an answer is none, or `stop` says to halt before a URL. */
  follow(url: string, stop?: (url: string) => boolean): Promise<BrowserAnswer>;
  /** Cookie header for an origin. */
  cookies(origin: string): string;
  /** Set-Cookie lines seen. */
  readonly setCookies: string[];
}

export function cookieBrowser(): CookieBrowser {
  const jar = new Map<string, Map<string, string>>();
  const setCookies: string[] = [];

  function keep(origin: string, line: string): void {
    setCookies.push(line);
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf("="));
    const cookies = jar.get(origin) ?? new Map<string, string>();
    jar.set(origin, cookies);
    if (attributes.some((attribute) => /^max-age=0$/iu.test(attribute))) cookies.delete(name);
    else cookies.set(name, pair.slice(name.length + 1));
  }

  const browser: CookieBrowser = {
    setCookies,
    cookies: (origin) => [...(jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join("; "),
    get: (url, headers = {}) => browser.send("GET", url, headers),
    async send(method, url, headers, body) {
      const { origin } = new URL(url);
      const answer = await fetch(url, {
        method,
        redirect: "manual",
        headers: { accept: "text/html", cookie: browser.cookies(origin), ...headers },
        ...(body === undefined ? {} : { body }),
      });
      for (const line of answer.headers.getSetCookie()) keep(origin, line);
      return { status: answer.status, headers: answer.headers, text: await answer.text(), url };
    },
    async follow(url, stop = () => false) {
      let next = url;
      for (let hop = 0; hop < 15; hop += 1) {
        const answer = await browser.get(next);
        const location = answer.headers.get("location");
        if (location === null) return answer;
        next = new URL(location, next).href;
        if (stop(next)) return { ...answer, url: next };
      }
      throw new Error("too many redirects");
    },
  };
  return browser;
}
