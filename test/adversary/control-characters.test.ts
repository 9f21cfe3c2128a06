/**
 * The attacker has a token and writes control characters into texts that others read and a store keeps: reasons, addresses, names. They
 * are refused before anything is done; what a forge or a control plane sends with them is kept without them.
 */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainStoreError } from "../../src/store/database/explain-store-error.ts";
import { askJson } from "../daemon/web/ask.ts";
import { buildWorld } from "../daemon/web/build-world.ts";
import { createFakeService, type FakeService } from "../daemon/web/fake-service.ts";
import { bearer, serveFake } from "../daemon/web/serve-fake.ts";
import { makeAudit, makePause, openRecords } from "../store/make-records.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { GUARDED, openGuarded, openShown, untilRejected } from "./reject-request.ts";

let service: FakeService;
let served: Awaited<ReturnType<typeof serveFake>>;
let postgres: TestPostgres;
beforeAll(async () => {
  service = createFakeService({ targets: buildWorld(), picture: "<svg/>" });
  served = await serveFake(service);
  postgres = await startPostgres();
});
afterAll(async () => {
  await served.close();
  await postgres.stop();
});

const CONTROLS = ["\u0000", "\u0007", "\n", "\u001b[2J", "\u007f", "\u0085", "\ud800"];
const CODES = ["0000", "0007", "000A", "001B", "007F", "0085", "D800"];

describe.each(CONTROLS.map((text, at) => [CODES[at] ?? "", text] as const))("U+%s", (code, text) => {
  const digest = "a".repeat(64);
  test.each([
    ["/targets/production/pause", { reason: `x${text}y` }, "The field reason"],
    ["/targets/production/pause", { reason: "x", address: `queue.a${text}` }, "The field address"],
    ["/rejections", { digest, target: "production", reason: `x${text}y` }, "The field reason"],
    ["/rejections", { digest, target: `production${text}`, reason: "x" }, "The field target"],
    ["/approvals", { digest, overrides: [`paused${text}`] }, "The field overrides"],
  ])("in what is sent to %s is refused and named: %j", async (path, body, field) => {
    const answer = await askJson(`${served.url}/api/v1${path}`, { body, headers: bearer("approve") });
    expect([answer.status, answer.body.error]).toEqual([
      400,
      { code: "invalid", message: `${field} contains the control character U+${code}. Remove it.` },
    ]);
  });
});

test("a control character in a path is refused, and a reason in any script is taken", async () => {
  const path = await askJson(`${served.url}/api/v1/targets/a%00b`, { headers: bearer("read") });
  expect([path.status, path.body.error.code]).toEqual([400, "invalid"]);
  const body = { reason: "Überprüfung – 検査 👩🏽‍🔧" };
  const pause = await askJson(`${served.url}/api/v1/targets/production/pause`, { body, headers: bearer("approve") });
  expect(pause.status).toBeLessThan(300);
});

test("a text that the encoding of a PostgreSQL database lacks is told as what it is, and its store is not said to be out of order", async () => {
  const client = new Client({ connectionString: await postgres.makeDatabase() });
  await client.connect();
  await client.query("create database latin template template0 encoding 'LATIN1'");
  await client.end();
  const records = await openRecords(postgres.url("latin"));
  await expect(records.addPause(makePause({ reason: "検査" }), makeAudit())).rejects.toMatchObject({
    code: "store_text_refused",
    message: expect.stringMatching(/can't store a text: .* Use a database whose encoding is UTF8\.$/),
  });
  expect(explainStoreError(new Error("no such table"), "db").code).toBe("store_failed");
});

test("a rejection with characters that PostgreSQL refuses is on record by the webhook, and counts though its comment is deleted", async () => {
  const env = { DATABASE_URL: await postgres.makeDatabase() };
  const file = { store: { database_url: { env: "DATABASE_URL" } } };
  const forged = await openGuarded({ kind: "github", env, settings: { ...GUARDED, file } });
  const { forge } = forged;
  const number = await openShown(forged);
  const held = forge.hold({ call: /./ });
  forge.deleteComment(number, await forged.say(number, "carol", "poolkeeper reject no\u0000\ud800"));
  held.release();
  await untilRejected(forged, number);
});
