/** Browser sessions of SMART launches: kept in the database, known to the browser by a cookie of each launch. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { Principal } from "../core/access/principal.ts";
import type { SmartDeps } from "./deps.ts";
import type { SessionRow } from "./store.ts";
import type { TokenResponse } from "./token-exchange.ts";
import type { KnownUser } from "./user.ts";
import { absoluteTimeoutMs, isAlive } from "../core/smart/session-life.ts";
import { run } from "../db/query.ts";
import { hashOf, newId, newSecret, sameHash } from "./secrets.ts";
import { createSessionTokens } from "./session-tokens.ts";
import type { EhrAccess } from "./session-tokens.ts";
import { signOut } from "./sign-out.ts";
import { insertSession, selectSession, selectUserSession, touchSession } from "./store.ts";

/** What the page needs to know of its session. */
export interface SmartSession {
  readonly launch: string;
  readonly tenant: string;
  readonly patient: string;
  readonly encounter?: string;
  /** Named by the launch's appContext. */
  readonly job?: string;
  readonly needPatientBanner: boolean;
  readonly styleUrl?: string;
  readonly principal: Principal;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export interface NewSession {
  readonly tenant: TenantConfig;
  readonly tokens: TokenResponse;
  readonly user: KnownUser;
  readonly patient: string;
  readonly encounter?: string;
  readonly job?: string;
}

export interface SmartSessions {
  /** The session's id is new with every launch, whatever cookies the browser came with: none can be fixed beforehand. */
  create(session: NewSession): Promise<{ readonly launch: string; readonly secret: string }>;
  /** The session of this cookie; undefined where it is unknown, over, or the secret is another's. */
  find(tenant: string, launch: string, secret: string): Promise<SmartSession | undefined>;
  /** Whether the session still stands; asked again and again while a stream is open. */
  isAlive(tenant: string, launch: string): Promise<boolean>;
  /** The user did something: the idle clock starts anew. */
  touch(tenant: string, launch: string): Promise<void>;
  /** Ends the session, and its tokens at the EHR as far as the EHR offers that. */
  end(tenant: string, launch: string): Promise<void>;
  /** The user's token for the EHR, refreshed when that is possible; undefined once it has run out. */
  accessToken(tenant: string, launch: string): Promise<string | undefined>;
  /** What the EHR lets the session do now; undefined where the session is over. */
  access(tenant: string, launch: string): Promise<EhrAccess | undefined>;
  /** The user's token by person and patient, for what is done in their name after the page's call; undefined until they launch again. */
  accessTokenOf(tenant: string, user: string, patient: string): Promise<string | undefined>;
}

const times = (row: SessionRow) => ({
  activeAtMs: row.active_at.getTime(),
  expiresAtMs: row.expires_at.getTime(),
  endedAtMs: row.ended_at?.getTime(),
});

function toSession(tenant: string, row: SessionRow): SmartSession {
  const stay = { patient: row.patient, ...(row.encounter === null ? {} : { encounter: row.encounter }) };
  const known = row.actor !== "unknown";
  return {
    launch: row.id,
    tenant,
    ...stay,
    ...(row.job === null ? {} : { job: row.job }),
    needPatientBanner: row.need_patient_banner,
    ...(row.style_url === null ? {} : { styleUrl: row.style_url }),
    expiresAt: row.expires_at.toISOString(),
    principal: {
      tenant,
      actor: {
        kind: "practitioner",
        id: row.actor,
        ...(row.actor_display === null ? {} : { display: row.actor_display }),
      },
      // Who is not known by name changes nothing: every change of a draft has an author.
      scopes: new Set(known ? ["jobs:read", "jobs:write"] : ["jobs:read"]),
      session: { launch: row.id, kind: "smart", ...stay, maySign: row.may_sign },
    },
  };
}

export function createSmartSessions(deps: SmartDeps): SmartSessions {
  const { db, now, random } = deps;
  const tokensOf = createSessionTokens(deps);
  async function read(tenant: string, launch: string): Promise<SessionRow | undefined> {
    const row = (await run(db, selectSession, tenant, launch))[0];
    return row !== undefined && isAlive(times(row), now()) ? row : undefined;
  }

  return {
    async create({ tenant, tokens, user, patient, encounter, job }) {
      const [launch, secret, at] = [newId(random), newSecret(random), new Date(now())];
      const { sealed, expiresAt: tokensExpireAt } = tokensOf.seal(tenant.id, launch, tokens);
      const expiresAt = new Date(now() + absoluteTimeoutMs);
      await run(
        db,
        insertSession,
        tenant.id,
        launch,
        hashOf(secret),
        user.reference,
        user.display ?? null,
        patient,
        encounter ?? null,
        job ?? null,
        user.maySign,
        tokens.need_patient_banner,
        tokens.smart_style_url ?? null,
        sealed,
        tokensExpireAt,
        at,
        expiresAt,
      );
      return { launch, secret };
    },
    async find(tenant, launch, secret) {
      const row = await read(tenant, launch);
      return row !== undefined && sameHash(row.secret_hash, hashOf(secret)) ? toSession(tenant, row) : undefined;
    },
    isAlive: async (tenant, launch) => (await read(tenant, launch)) !== undefined,
    touch: async (tenant, launch) => void (await run(db, touchSession, tenant, launch, new Date(now()))),
    end: (tenant, launch) => signOut(deps, tokensOf, tenant, launch),
    accessToken: (tenant, launch) => tokensOf.accessToken(tenant, launch),
    access: (tenant, launch) => tokensOf.access(tenant, launch),
    async accessTokenOf(tenant, user, patient) {
      const [row] = await run(db, selectUserSession, tenant, user, patient, new Date(now()));
      return row === undefined ? undefined : tokensOf.accessToken(tenant, row.id);
    },
  };
}
