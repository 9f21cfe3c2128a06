/**
 * The attacker has the cookie of someone who signed in (from a shared machine, a backup of a profile, a proxy's log) and uses it
 * after its owner has signed out.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { type DaemonProcess, startProcess } from "../daemon/start-process.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { ask } from "../daemon/web/ask.ts";
import { readEvents } from "../daemon/web/read-events.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { type Browser, signInAs } from "./sign-in-as.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const HTTP = {
  listen: "127.0.0.1:0",
  requests_per_minute: 100_000,
  read: "token",
  tokens: Object.keys(TOKENS).map((name) => ({
    name,
    role: name === "other" ? "approve" : name,
    secret: { env: `TOKEN_${name.toUpperCase()}` },
  })),
};

/** Two replicas on one database, or one daemon on a directory. */
const STORES = [
  ["of two replicas on PostgreSQL", async () => ({ database_url: { env: "DATABASE_URL" } }), 2],
  ["of a daemon on SQLite", async () => ({ directory: "./data" }), 1],
] as const;

async function startReplicas(count: number, store: object): Promise<readonly DaemonProcess[]> {
  const world = await openDaemonWorld();
  world.env.DATABASE_URL = await postgres.makeDatabase();
  const file = world.write({ file: { http: HTTP, store } });
  const replicas = await Promise.all(Array.from({ length: count }, () => startProcess(world, file)));
  await Promise.all(replicas.map((replica) => replica.untilApplied(world.first)));
  return replicas;
}

/** What a cookie is still good for, at a replica: nothing, where it is of an ended session. */
async function useCookie({ cookie, open, send }: Browser, url: string) {
  const pages = await Promise.all(["/", "/targets/prod", "/targets/prod/picture.svg"].map((path) => open(path, url)));
  const api = await ask(`${url}/api/v1/targets`, { headers: { cookie } });
  const metrics = await ask(`${url}/metrics`, { headers: { cookie } });
  const events = await readEvents(`${url}/events`, { cookie });
  events.close();
  const pause = await send("/targets/prod/pause", { reason: "mine", hours: "1" }, url);
  const out = await send("/sign-out", {}, url);
  const whole = [...pages, api, metrics].map(({ text }) => text).join();
  return {
    statuses: [...[...pages, api, metrics, events, pause, out].map(({ status }) => status)],
    shows: /queue|cluster|acme/.test(whole),
  };
}

const NOTHING = { statuses: [303, 303, 303, 401, 401, 401, 401, 401], shows: false };

describe.each(STORES)("the cookie %s", (_of, makeStore, count) => {
  test("of someone who signed out is refused by every replica at once: no page, no API, no event, no form", async () => {
    const replicas = await startReplicas(count, await makeStore());
    const [first] = replicas;
    const mine = await signInAs(first?.url ?? "", TOKENS.operate);
    for (const { url } of replicas) expect((await mine.open("/", url)).text).toContain("prod");
    expect((await mine.send("/sign-out")).status).toBe(303);
    for (const { url } of replicas) expect(await useCookie(mine, url)).toEqual(NOTHING);
    const { audit } = (await first?.target()) ?? {};
    expect(audit?.filter(({ action }) => action === "pause")).toEqual([]);
  });

  test("is refused once its owner has signed out everywhere, in another browser; others' sessions and later ones hold", async () => {
    const replicas = await startReplicas(count, await makeStore());
    const [url = "", other = url] = replicas.map((replica) => replica.url);
    const [lost, mine] = [await signInAs(other, TOKENS.approve), await signInAs(url, TOKENS.approve)];
    const someone = await signInAs(url, TOKENS.other);
    expect((await mine.send("/sign-out", { everywhere: "yes" })).status).toBe(303);
    const later = await signInAs(other, TOKENS.approve);
    for (const replica of replicas) {
      expect(await useCookie(lost, replica.url)).toEqual(NOTHING);
      expect(await useCookie(mine, replica.url)).toEqual(NOTHING);
      for (const holds of [someone, later]) expect((await holds.open("/", replica.url)).status).toBe(200);
    }
    const { text: audit } = await ask(`${other}/api/v1/audit`, { headers: { authorization: `Bearer ${TOKENS.read}` } });
    expect(audit).toMatch(/"who":"approve","via":"page","action":"end_sessions"/);
  });

  test("gives no more events, though the stream was open before its owner signed out", async () => {
    const replicas = await startReplicas(count, await makeStore());
    const mine = await signInAs(replicas[0]?.url ?? "", TOKENS.read);
    const streams = await Promise.all(replicas.map(({ url }) => readEvents(`${url}/events`, { cookie: mine.cookie })));
    for (const stream of streams) await stream.until("retry:");
    await mine.send("/sign-out");
    // Reads until the daemon ends it; nobody closes it here.
    for (const stream of streams) expect(await stream.rest()).toContain("retry:");
  });

  test("stays refused when the daemon is started anew", async () => {
    const world = await openDaemonWorld();
    world.env.DATABASE_URL = await postgres.makeDatabase();
    const file = world.write({ file: { http: HTTP, store: await makeStore() } });
    const before = await startProcess(world, file);
    await before.untilApplied(world.first);
    const [mine, holds] = [await signInAs(before.url, TOKENS.read), await signInAs(before.url, TOKENS.read)];
    await mine.send("/sign-out");
    before.kill("SIGTERM");
    await before.ended;
    const after = await startProcess(world, file);
    expect((await mine.open("/", after.url)).status).toBe(303);
    expect((await holds.open("/", after.url)).status).toBe(200);
  });
});
