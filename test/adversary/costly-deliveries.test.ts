/**
 * The attacker is the forge of one target, or knows the secret of its webhook. They send signed deliveries about comments that are small but for a field of
 * a million values, one after another: each would be parsed on the thread that looks after all other targets. Or they send forms of five megabytes in which
 * each byte is an escape, and whether a signature is right is known only after all of it was decoded there.
 */
import { createHmac } from "node:crypto";
import { request } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { createDeliveryReader } from "../../src/daemon/web/webhooks/create-delivery-reader.ts";
import { createTurns } from "../../src/systems/http/create-turns.ts";
import { ask } from "../daemon/web/ask.ts";
import { makeTarget } from "../daemon/web/build-targets.ts";
import { createFakeService } from "../daemon/web/fake-service.ts";
import { serveFake } from "../daemon/web/serve-fake.ts";

const SECRET = "a secret of the forge";
const COMMENT = {
  action: "edited",
  repository: { full_name: "acme/pools" },
  issue: { number: 1, pull_request: {} },
  comment: { id: 7, body: "hi", user: { login: "x" } },
  sender: { login: "y" },
};
const CHANGE = { repository: "acme/pools", comment: "7", by: "y", number: 1, how: "edited" };

async function openHook() {
  const service = createFakeService({
    targets: [makeTarget("hub", { state: "Synced", reason: "NothingToDo", message: "" })],
    webhooks: { hub: { forge: "github", secret: SECRET } },
  });
  const { url, close } = await serveFake(service);
  onTestFinished(() => close());
  const pushed = vi.spyOn(service, "pushed");
  const send = (body: string, id: string) =>
    ask(`${url}/webhooks/hub`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": "issue_comment",
        "x-github-delivery": id,
        "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
      },
      body,
    });
  return { pushed, send };
}

test("a delivery with a million values is not parsed, is refused as too large, and its target looks; others pass", async () => {
  const { pushed, send } = await openHook();
  const parsed = vi.spyOn(JSON, "parse");
  onTestFinished(() => void parsed.mockRestore());
  const swollen = JSON.stringify({ ...COMMENT, z: 0 }).replace(/0}$/, `[{}${",{}".repeat(1_000_000)}]}`);
  const { status, text } = await send(swollen, "d-1");
  expect(parsed.mock.calls.filter(([json]) => json.length > 1_000_000)).toHaveLength(0);
  expect([status, JSON.parse(text).error.code]).toEqual([413, "too_large"]);
  expect(pushed.mock.calls).toEqual([["hub", "github:d-1", null]]);
  expect((await send(JSON.stringify(COMMENT), "d-2")).status).toBe(202);
  expect(pushed.mock.calls.at(-1)).toEqual(["hub", "github:d-2", CHANGE]);
});

test("a delivery with a long text is read", async () => {
  const { pushed, send } = await openHook();
  const described = { ...COMMENT, issue: { ...COMMENT.issue, body: '{},["\\'.repeat(500_000) } };
  expect((await send(JSON.stringify(described), "d-1")).status).toBe(202);
  expect(pushed.mock.calls).toEqual([["hub", "github:d-1", CHANGE]]);
});

test("what takes long is read in turns, of which few wait; another target waits for none of them", async () => {
  let spent = 0;
  const rest = Promise.withResolvers<void>();
  const openTurns = () => createTurns({ now: () => 0, spent: () => spent, rest: () => rest.promise });
  const { read } = createDeliveryReader(openTurns);
  const body = Buffer.from(JSON.stringify(COMMENT));
  const slow = Object.assign(Buffer.from(body), {
    toString: () => {
      spent += 1_000;
      return JSON.stringify(COMMENT);
    },
  });
  expect(await read("evil", slow)).toEqual(CHANGE);
  const waiting = Array.from({ length: 8 }, () => read("evil", body));
  await expect(read("evil", body)).rejects.toMatchObject({ code: "rate_limited" });
  expect(await read("other", body)).toEqual(CHANGE);
  rest.resolve();
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, () => CHANGE));
  expect(await read("evil", body)).toEqual(CHANGE);
});

test("many megabytes are received with a rest between, and those of another target without", async () => {
  const rests: number[] = [];
  let now = 0;
  const rest = async (ms: number) => {
    rests.push(ms);
    now += ms;
  };
  const { receive } = createDeliveryReader(() => createTurns({ now: () => now, spent: () => 0, rest }));
  for (let delivery = 0; delivery < 10; delivery += 1) {
    await receive("evil", () => 5 * 1024 * 1024);
    await receive("other", () => 20_000);
  }
  expect(rests).toEqual(Array.from({ length: 9 }, () => 225));
});

test("what it takes to decode counts beside it, and what is for no target waits for no target", async () => {
  const rests: number[] = [];
  let [now, spent] = [0, 0];
  const rest = async (ms: number) => {
    rests.push(ms);
    now += ms;
  };
  const { receive } = createDeliveryReader(() => createTurns({ now: () => now, spent: () => spent, rest }));
  for (const target of ["evil", "evil", null, "other"]) {
    await receive(target, () => {
      spent += 100;
      return 0;
    });
  }
  expect(rests).toEqual([300]);
});

/** How often the time of the thread was asked for: twice in each turn. */
function watchTurns() {
  const asked = vi.spyOn(process, "threadCpuUsage");
  onTestFinished(() => void asked.mockRestore());
  return { count: () => asked.mock.calls.length / 2 };
}

const FORM = {
  "content-type": "application/x-www-form-urlencoded",
  "x-gitea-event": "push",
  "x-gitea-signature": "0".repeat(64),
};
/** A megabyte, of which what is buffered of a connection is taken at a time: 128 kB at most. */
const ESCAPES = `payload=${"%41".repeat(350_000)}`;
const PIECES = 8;

async function serveTea() {
  const service = createFakeService({
    targets: [makeTarget("tea", { state: "Synced", reason: "NothingToDo", message: "" })],
    webhooks: { tea: { forge: "gitea", secret: SECRET } },
  });
  const { url, close } = await serveFake(service);
  onTestFinished(() => close());
  return url;
}

test.each(["tea", "nowhere"])(
  "a form with a wrong signature is decoded in turns, as is one for no target: for %s",
  async (target) => {
    const url = await serveTea();
    const turns = watchTurns();
    const { status } = await ask(`${url}/webhooks/${target}`, { method: "POST", headers: FORM, body: ESCAPES });
    expect(status).toBe(401);
    expect(turns.count()).toBeGreaterThanOrEqual(PIECES);
  },
);

test("a form whose end never comes is decoded in turns", async () => {
  const url = await serveTea();
  const turns = watchTurns();
  const headers = { ...FORM, "content-length": ESCAPES.length + 1 };
  const held = request(`${url}/webhooks/tea`, { method: "POST", headers });
  onTestFinished(() => void held.destroy());
  held.on("error", () => undefined).write(ESCAPES);
  await expect.poll(turns.count).toBeGreaterThanOrEqual(PIECES);
});
