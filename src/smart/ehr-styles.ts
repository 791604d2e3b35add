/** Fetches the look that an EHR names in a launch, behind the tenant's wall, and remembers it by its address. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { PageStyle, StyleName } from "../core/style/ehr-style.ts";
import type { Fetch } from "./smart-configuration.ts";
import { AdapterError } from "../core/errors.ts";
import { pageStyle } from "../core/style/ehr-style.ts";

export interface EhrStyles {
  /** The page's look from this address; undefined where it cannot be had: the page then keeps its own. */
  of(tenant: TenantConfig, url: string): Promise<PageStyle | undefined>;
}

export interface EhrStylesDeps {
  readonly fetchFor: (tenant: TenantConfig) => Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told once for each address, where values were not taken over. */
  readonly onLeftOut: (tenant: string, names: readonly StyleName[]) => void;
  readonly onError: (error: unknown) => void;
}

const timeoutMs = 5000;
/** The specification's document has eleven short values. */
const maxBytes = 16_384;
/** An EHR that is down is asked again after this, not with every page. */
const failedForMs = 60_000;
const maxRemembered = 200;

interface Remembered {
  readonly style: Promise<PageStyle | undefined>;
  failedAtMs?: number;
}

/** The body as text; more than the limit is a failure, and is not read to its end. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, seen] = ["", 0];
  for await (const chunk of response.body ?? []) {
    seen += chunk.length;
    if (seen > maxBytes) throw new AdapterError("ehr_failed", { detail: "smart.style: too large" });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function fetchStyle(fetch: Fetch, url: string): Promise<PageStyle> {
  const signal = AbortSignal.timeout(timeoutMs);
  // Without a credential: the address is the EHR's to choose, and need not be the EHR.
  const response = await fetch(url, { headers: { accept: "application/json" }, redirect: "manual", signal });
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 200 || !/^application\/(?:[\w.-]+\+)?json\b/iu.test(type)) {
    await response.body?.cancel();
    throw new AdapterError("ehr_failed", { detail: `smart.style: ${response.status}, or no JSON` });
  }
  try {
    return pageStyle(JSON.parse(await readText(response)));
  } catch (error) {
    throw error instanceof SyntaxError ? new AdapterError("ehr_failed", { detail: "smart.style: no JSON" }) : error;
  }
}

/** SMART 2.2: the address changes with its content, so that what was read once stays true. */
export function createEhrStyles({ fetchFor, now, onLeftOut, onError }: EhrStylesDeps): EhrStyles {
  const remembered = new Map<string, Remembered>();

  function read(tenant: TenantConfig, url: string): Remembered {
    const entry: Remembered = {
      style: fetchStyle(fetchFor(tenant), url).then(
        (style) => {
          if (style.leftOut.length > 0) onLeftOut(tenant.id, style.leftOut);
          return style;
        },
        (error: unknown) => {
          entry.failedAtMs = now();
          onError(error);
          return undefined;
        },
      ),
    };
    return entry;
  }

  return {
    of(tenant, url) {
      const key = `${tenant.id} ${url}`;
      const known = remembered.get(key);
      const good = known?.failedAtMs === undefined || known.failedAtMs + failedForMs > now();
      if (known !== undefined && good) return known.style;
      const entry = read(tenant, url);
      remembered.delete(key);
      remembered.set(key, entry);
      for (const oldest of remembered.keys()) {
        if (remembered.size <= maxRemembered) break;
        remembered.delete(oldest);
      }
      return entry.style;
    },
  };
}
