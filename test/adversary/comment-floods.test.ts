/**
 * The attacker has an account on the forge, or many, and no right in the repository: they open a request and comment on it as often as they
 * like. They want the deliveries of those who approve and reject to be refused, with the limits as they are by default.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgeName, openForgedWorld } from "../daemon/open-forged-world.ts";

/** More than `http.requests_per_minute` by default. */
const MANY = 310;
const HANDLED = /^(\+1|thumbsup)$/;
const DEFAULTS = {
  listen: "127.0.0.1:0",
  tokens: ["read", "operate", "approve"].map((name) => ({
    ...{ name, role: name, secret: { env: `TOKEN_${name.toUpperCase()}` } },
  })),
};

async function openFlooded(kind: ForgeName, requests: object = {}) {
  const forged = await openForgedWorld({
    ...{ kind, requests },
    settings: {
      ...{ policy: { approval: { approvers: ["boss", "carol"] } }, drift: { action: "report" } },
      ...{ repository: { poll: "1h" }, file: { http: DEFAULTS } },
    },
  });
  const { forge, daemon } = forged;
  for (const login of ["boss", "carol", "mallory"]) forge.allow(login, "write");
  const number = await forged.propose("move", MOVE, { author: "mallory" });
  await forged.untilStatus(number, "apply", /^(success|pending: needs)/);
  const own = await forged.propose("own", { "notes.md": "mine" }, { author: "stranger" });
  const deliver = async (about: number, author: string, body: string) => {
    const comment = forge.comment(about, author, body);
    const event = { kind: "comment", number: about, comment } as const;
    return { comment, status: await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, event) };
  };
  /** Comments so often, and gives how often each status was answered. */
  const flood = async (body: string, author: (index: number) => string) => {
    const counts = new Map<number, number>();
    for (let index = 0; index < MANY; index++) {
      const { status } = await deliver(own, author(index), body);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    return Object.fromEntries(counts);
  };
  return { ...forged, forged, number, deliver, flood };
}

const stranger = () => "stranger";

describe.each(FORGE_NAMES)("on %s, after many comments of a stranger", (kind) => {
  test("an approval by a comment counts", async () => {
    const { number, deliver, flood, digest, untilReacted, untilStatus } = await openFlooded(kind, {
      approval: "explicit",
    });
    expect(await flood("hello", stranger)).toEqual({ 202: MANY });
    const { comment, status } = await deliver(number, "boss", `poolkeeper approve ${digest(number)}`);
    expect(status).toBe(202);
    await untilReacted(number, comment, HANDLED);
    await untilStatus(number, "apply", /^success: approved by boss/);
  });

  test("a rejection counts though its comment is deleted before it is read", async () => {
    const { forge, number, deliver, flood, untilStatus } = await openFlooded(kind);
    await flood("hello", stranger);
    const held = forge.hold({ call: /./ });
    const { comment, status } = await deliver(number, "carol", "poolkeeper reject it loses work");
    expect(status).toBe(202);
    forge.deleteComment(number, comment);
    held.release();
    await untilStatus(number, "apply", /^failure: rejected by carol/);
  });
});

describe("commands", () => {
  test("of a stranger use up what the stranger has, and no one else's", async () => {
    const { number, deliver, flood, digest, untilReacted } = await openFlooded("gitea", { approval: "explicit" });
    expect(await flood("poolkeeper approve 0", stranger)).toEqual({ 202: 300, 429: MANY - 300 });
    const { comment, status } = await deliver(number, "boss", `poolkeeper approve ${digest(number)}`);
    expect(status).toBe(202);
    await untilReacted(number, comment, HANDLED);
  });

  test("of many accounts keep those of no other out", async () => {
    const { number, deliver, flood, digest, untilReacted } = await openFlooded("gitea", { approval: "explicit" });
    expect(await flood("poolkeeper approve 0", (index) => `stranger-${index}`)).toEqual({ 202: MANY });
    const { comment, status } = await deliver(number, "boss", `poolkeeper approve ${digest(number)}`);
    expect(status).toBe(202);
    await untilReacted(number, comment, HANDLED);
  });
});

test("comments that decide nothing leave nothing in the store, and pushes among them are applied", async () => {
  const { forge, forged, world, daemon, flood } = await openFlooded("github");
  const database = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { readOnly: true });
  const count = (table: string) => database.prepare(`select count(*) as rows from ${table}`).get()?.rows;
  const kept = () => ["webhook_delivery", "told_comment"].map(count);
  const before = kept();
  await flood("hello", stranger);
  expect(kept()).toEqual(before);
  database.close();
  const sha = world.repository.push({ "queues/any.yaml": queue("any", 7) });
  const url = `${forged.daemon.url}/webhooks/prod`;
  expect(await forge.deliver(url, HOOK_SECRET, { kind: "push", branch: "main", sha })).toBe(202);
  await daemon.untilApplied(sha);
});
