/** AWS Signature Version 4: a request's headers and body, signed for one service in one region on one day. */
import { createHash, createHmac } from "node:crypto";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
}

export interface AwsRequest {
  readonly method: string;
  readonly url: string;
  /** Those that are signed, besides `host` and what this adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const algorithm = "AWS4-HMAC-SHA256";
const sha256 = (value: Uint8Array | string): string => createHash("sha256").update(value).digest("hex");
const hmac = (key: string | Buffer, value: string): Buffer => createHmac("sha256", key).update(value).digest();

/** RFC 3986: only unreserved characters stand as they are. */
const encode = (value: string): string =>
  encodeURIComponent(value).replaceAll(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Every service but S3 takes the path, as it is sent, encoded once more. */
function canonicalPath({ pathname }: URL, service: string): string {
  return service === "s3" ? pathname : pathname.split("/").map(encode).join("/");
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&");
}

type SignedHeaders = readonly (readonly [name: string, value: string])[];

function canonicalHeaders(headers: Readonly<Record<string, string>>): SignedHeaders {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/\s+/gu, " ")] as const,
  );
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function signingKey({ secretAccessKey, region, service }: AwsCredentials, day: string): Buffer {
  const parts = [day, region, service, "aws4_request"];
  return parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secretAccessKey}`));
}

/** The headers that authorise the request at `timeMs`; put them beside those that were signed. */
export function awsHeaders(
  request: AwsRequest,
  credentials: AwsCredentials,
  timeMs: number,
): Readonly<Record<string, string>> {
  const url = new URL(request.url);
  const stamp = new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
  const { region, service, sessionToken } = credentials;
  const digest = sha256(request.body);
  const added = {
    "x-amz-date": stamp,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    // S3 alone insists on it, and others' published examples are without.
    ...(service === "s3" ? { "x-amz-content-sha256": digest } : {}),
  };
  const headers = canonicalHeaders({ ...request.headers, ...added, host: url.host });
  const names = headers.map(([name]) => name).join(";");
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join("");
  const path = canonicalPath(url, service);
  const canonical = [request.method, path, canonicalQuery(url), lines, names, digest].join("\n");
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = [algorithm, stamp, scope, sha256(canonical)].join("\n");
  const signature = hmac(signingKey(credentials, stamp.slice(0, 8)), toSign).toString("hex");
  const credential = `${credentials.accessKeyId}/${scope}`;
  return {
    ...added,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
