/** Refreshing the EHR's tokens: once for all replicas, no transaction over HTTP, nothing lost (SMART 2.2, 105-117). */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { SmartSessions } from "../../src/smart/sessions.ts";
import { createSmartSessions } from "../../src/smart/sessions.ts";
import { eventually } from "../support/eventually.ts";
import { launched, withBed } from "../support/launching.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import type { SmartBed, SmartBedOptions } from "../support/smart-bed.ts";
import { startSmartBed } from "../support/smart-bed.ts";

const charts = [chartOf("p1", 0)];
/** The sandbox rotates, and ends the whole grant when an old refresh token comes back: a second refresh cannot hide. */
const auth = { rotateRefreshTokens: true };

let bed: SmartBed;
let launch: string;
let tamper: SmartBedOptions["tamper"];
before(async () => {
  const tampered: SmartBedOptions["tamper"] = async (url, answer) =>
    tamper === undefined ? answer : tamper(url, answer);
  bed = await startSmartBed({ charts, launchSeconds: 30, auth, tamper: tampered });
  bed.start();
});
after(() => bed.close());
beforeEach(async () => {
  tamper = undefined;
  bed.clockOffsetMs = 0;
  launch = await launched(bed);
  bed.sent.length = 0;
  bed.errors.length = 0;
});
afterEach(() => {
  tamper = undefined;
});

const refreshes = (of: SmartBed = bed) =>
  of.sent.filter(({ form }) => form.get("grant_type") === "refresh_token").length;
const isRefresh = (url: string): boolean => url.endsWith("/token");
const runOut = (of: SmartBed = bed): void => void (of.clockOffsetMs += 31_000);
const row = async () =>
  (await bed.database.asOwner(`select * from handover.smart_session where id = '${launch}'`))[0] as Record<
    string,
    unknown
  >;

/** A replica whose calls of the token endpoint get no further than `answer`. */
function replicaWhose(answer: () => Promise<Response>): SmartSessions {
  const { fetchFor } = bed.deps;
  return createSmartSessions({
    ...bed.deps,
    fetchFor: (tenant) => (url, init) => (isRefresh(url) ? answer() : fetchFor(tenant)(url, init)),
  });
}

/** The database, with somebody who sees each statement first and may fail it. */
function withQuery(see: (text: string) => void): SmartBed["deps"]["db"] {
  const { db } = bed.deps;
  const query: typeof db.query = async (text, values) => {
    see(text);
    return db.query(text, values);
  };
  return Object.assign(Object.create(db) as typeof db, { query });
}

/** Holds the EHR's answer until told; `asked` resolves when the EHR has been asked. */
function heldAnswer() {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  tamper = async (url, response) => {
    if (!isRefresh(url)) return response;
    asked.resolve();
    await answer.promise;
    return response;
  };
  return { asked: asked.promise, release: () => answer.resolve() };
}

describe("a token that has run out", () => {
  it("is refreshed by one of four replicas, many times in a row, and the others get what it brought [smart 106, 117]", async () => {
    const replicas = Array.from({ length: 4 }, () => createSmartSessions(bed.deps));
    for (const round of [1, 2, 3]) {
      runOut();
      const asking = replicas.flatMap((replica) => [1, 2].map(() => replica.accessToken("general", launch)));
      const tokens = new Set(await Promise.all(asking));
      assert.equal(tokens.size, 1);
      assert.ok(await bed.ehr.verifyToken([...tokens][0] ?? ""), "the EHR knows the token");
      assert.equal(refreshes(), round);
    }
  });

  it("is refreshed while no connection to the database is held", async () => {
    runOut();
    const { asked, release } = heldAnswer();
    const token = bed.sessions.accessToken("general", launch);
    await asked;
    const [open] = await bed.database.asOwner(
      `select count(*)::int as held from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'`,
    );
    release();
    assert.deepEqual(open, { held: 0 });
    assert.ok(await token);
  });

  it("waits for a replica that is at it, and asks the EHR itself once that replica's lease has run out", async () => {
    runOut();
    const asked = Promise.withResolvers<void>();
    const stuck = replicaWhose(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    void stuck.accessToken("general", launch);
    await asked.promise;
    let [settled, looks] = [false, 0];
    const watched = withQuery((text) => {
      if (text.includes("set refresh_claim = $4")) looks += 1;
    });
    const other = createSmartSessions({ ...bed.deps, db: watched })
      .accessToken("general", launch)
      .finally(() => (settled = true));
    const claim = (await row())["refresh_claim"];
    assert.ok(claim);
    await eventually(() => looks >= 3);
    assert.deepEqual([refreshes(), settled, (await row())["refresh_claim"]], [0, false, claim]);
    // What a crash leaves behind: a claim that nobody gives back.
    await bed.database.asOwner(
      `update handover.smart_session set refresh_until = clock_timestamp() - interval '1 second' where id = '${launch}'`,
    );
    assert.ok(await bed.ehr.verifyToken((await other) ?? ""));
    assert.deepEqual([refreshes(), (await row())["refresh_claim"]], [1, null]);
  });

  it("is waited for 25 seconds and no longer", async () => {
    runOut();
    const asked = Promise.withResolvers<void>();
    const stuck = replicaWhose(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    void stuck.accessToken("general", launch);
    await asked.promise;
    let looks = 0;
    const watched = withQuery((text) => {
      if (text.includes("set refresh_claim = $4")) looks += 1;
    });
    const waiting = createSmartSessions({ ...bed.deps, db: watched }).accessToken("general", launch);
    await eventually(() => looks >= 2);
    bed.clockOffsetMs += 25_001;
    await assert.rejects(waiting, { code: "ehr_timeout" });
    assert.equal(await bed.sessions.isAlive("general", launch), true);
  });

  it("stays as it was when the EHR is down, and is refreshed at the next call", async () => {
    runOut();
    const away = replicaWhose(async () => new Response("busy", { status: 503 }));
    await assert.rejects(away.accessToken("general", launch), { code: "ehr_failed" });
    assert.equal((await row())["refresh_claim"], null, "the claim is given back");
    assert.equal((await bed.sessions.access("general", launch))?.signedIn, true);
    assert.ok(await bed.sessions.accessToken("general", launch));
  });

  it("is kept in memory when our database fails after the EHR has rotated, and written when it is back", async () => {
    let failing = true;
    const flaky = withQuery((text) => {
      if (failing && text.includes("token_version = $3::int + 1")) throw new Error("the database is away");
    });
    const replica = createSmartSessions({ ...bed.deps, db: flaky });
    const other: SmartSessions = createSmartSessions(bed.deps);
    runOut();
    const token = await replica.accessToken("general", launch);
    assert.ok(token && (await bed.ehr.verifyToken(token)));
    assert.equal(await replica.accessToken("general", launch), token, "its own token, though it is not written");
    assert.equal(refreshes(), 1);
    failing = false;
    await eventually(async () => (await row())["token_version"] === 1);
    assert.equal(await other.accessToken("general", launch), token);
    runOut();
    assert.ok(await other.accessToken("general", launch), "the rotated refresh token was not lost");
    assert.equal(refreshes(), 2);
  });

  it("that the EHR will not renew ends, and the session stays", async () => {
    runOut();
    tamper = async (url, answer) =>
      isRefresh(url) ? Response.json({ error: "invalid_grant" }, { status: 400 }) : answer;
    assert.equal(await bed.sessions.accessToken("general", launch), undefined);
    assert.equal(await bed.sessions.accessToken("general", launch), undefined);
    assert.equal(refreshes(), 1, "the EHR is not asked again");
    assert.equal(await bed.sessions.isAlive("general", launch), true);
    assert.deepEqual(await bed.sessions.access("general", launch), { signedIn: false });
    const { sealed_tokens: sealed, sign_in_ended_at: endedAt } = await row();
    assert.equal(sealed, null);
    assert.ok(endedAt instanceof Date);
  });

  it("of a session that is signed out meanwhile is taken back at the EHR", async () => {
    runOut();
    const { asked, release } = heldAnswer();
    const token = bed.sessions.accessToken("general", launch);
    await asked;
    await bed.sessions.end("general", launch);
    release();
    const late = await token;
    assert.equal(late === undefined ? null : await bed.ehr.verifyToken(late), null);
    assert.equal((await row())["sealed_tokens"], null);
  });
});

describe("a refresh token for as long as the user is online", () => {
  it("is asked for by online_access and used like the other kind [smart 215]", async () => {
    const scopes = "launch openid fhirUser patient/*.rs online_access";
    await withBed({ charts, scopes, ehrScopes: scopes, auth: { rotateRefreshTokens: true } }, async (own) => {
      const session = await launched(own);
      const first = await own.sessions.accessToken("general", session);
      own.clockOffsetMs += 3_600_000;
      const second = await own.sessions.accessToken("general", session);
      assert.ok(first && second && first !== second);
      assert.equal(refreshes(own), 1);
    });
  });
});
