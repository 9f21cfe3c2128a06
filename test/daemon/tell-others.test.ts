import { createHmac, randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { deliverPush, HOOK_SECRET } from "./deliver-push.ts";
import { MOVE, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld, pollOften } from "./open-daemon-world.ts";

const CHAT_SECRET = "secret-of-the-chat-0001";

describe("a webhook of the forge", () => {
  test("wakes the target when it is signed and new; forged and replayed ones do not", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ repository: { poll: "24h" } });
    await daemon.untilApplied(world.first);
    const passesOf = async () => (await daemon.target()).last_pass?.id;
    const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
    const before = await passesOf();
    const forged = { delivery: randomUUID(), after: second, secret: "a guess" };
    expect(await deliverPush(daemon.url, forged)).toBe(401);
    const signed = { delivery: randomUUID(), after: second };
    expect(await passesOf()).toBe(before);
    expect(await deliverPush(daemon.url, signed)).toBe(202);
    await daemon.untilApplied(second);
    const third = world.repository.push({ "queues/any.yaml": queue("any", 3) });
    const applied = await passesOf();
    expect(await deliverPush(daemon.url, signed)).toBe(202);
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    const counts = metrics.split("\n").filter((line) => line.includes("webhook") && !line.startsWith("#"));
    expect(counts.map((line) => line.replace(/.*result="(\w+)".* (\d+)$/, "$1 $2")).sort()).toEqual(
      expect.arrayContaining(["accepted 1", "refused 1", "repeated 1"]),
    );
    expect(await passesOf()).toBe(applied);
    expect(await deliverPush(daemon.url, { delivery: randomUUID(), after: third })).toBe(202);
    await daemon.untilApplied(third);
  });

  test("whose secret can't be read for a moment is asked to come again, counted, logged once, and taken once the secret is back", async () => {
    const world = await openDaemonWorld();
    const file = join(world.folder, "hook-secret");
    writeFileSync(file, HOOK_SECRET);
    const daemon = await world.start({ repository: { poll: "24h", webhook: { forge: "gitea", secret: { file } } } });
    await daemon.untilApplied(world.first);
    const body = JSON.stringify({ ref: "refs/heads/main" });
    const signature = createHmac("sha256", HOOK_SECRET).update(body).digest("hex");
    const send = async (headers: Record<string, string>) => {
      const address = `${daemon.url}/webhooks/prod`;
      return fetch(address, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    };
    writeFileSync(file, "");
    const empty = await send({ "x-gitea-signature": signature });
    expect([empty.status, empty.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(((await empty.json()) as { readonly error: object }).error).toEqual({
      code: "unavailable",
      message: "The secret of this webhook can't be read at the moment. Send the delivery again.",
    });
    rmSync(file);
    expect((await send({ "x-gitlab-token": HOOK_SECRET })).status).toBe(503);
    expect((await send({})).status).toBe(401);
    writeFileSync(file, HOOK_SECRET);
    expect((await send({ "x-gitea-signature": signature })).status).toBe(202);
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    const counts = [...metrics.matchAll(/webhooks_total\{target="prod",result="(\w+)"\} ([1-9]\d*)/g)];
    expect(counts.map(([, ...one]) => one).sort()).toEqual([
      ["accepted", "1"],
      ["no_secret", "2"],
      ["refused", "1"],
    ]);
    expect(world.log.filter((line) => line.includes("hook-secret"))).toHaveLength(1);
    expect(world.log.filter((line) => line.includes("request failed"))).toEqual([]);
  });
});

describe("notifications", () => {
  test("reach their receiver once each: applied, invalid, approval needed, drift found and gone, failed and recovered", async () => {
    const world = await openDaemonWorld();
    const receiver = await openReceiver();
    Object.assign(world.env, { CHAT_URL: receiver.url, CHAT_SECRET });
    const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" }, secret: { env: "CHAT_SECRET" } }];
    const daemon = await world.start({ drift: { action: "report" }, file: { notifications } }, pollOften);
    const types = () => receiver.received.map(({ body }) => String(JSON.parse(body).event));
    const untilTold = (...wanted: readonly string[]) =>
      waitFor(
        () => wanted.every((type) => types().includes(type)),
        () => `wanted ${wanted}, told ${types()}`,
      );
    await daemon.untilApplied(world.first);
    await daemon.untilState("Invalid", await daemon.push({ "queues/bad.yaml": "name: [" }));
    const moved = await daemon.push({ "queues/bad.yaml": null, ...MOVE, "queues/any.yaml": queue("any", 2) });
    // What needs no approval was carried out before.
    await daemon.until(
      ({ status, last_pass }) =>
        status.state === "AwaitingApproval" && last_pass?.revision === moved && last_pass.outcome.kind === "held",
    );
    await daemon.approve();
    await daemon.untilApplied(moved);
    await daemon.reconciled();
    const tune = { op: "set", kind: "queue", name: "any", path: "run_concurrency" };
    await world.post("/mutate", { ...tune, value: 9 });
    await daemon.untilState("OutOfSync");
    await world.post("/mutate", { ...tune, value: 2 });
    await daemon.untilState("Synced");
    await world.fault({ method: "CreateQueue", code: "failed_precondition", count: 1_000 });
    const last = await daemon.push({ "queues/b.yaml": queue("b", 1) });
    await daemon.untilState("Failed", last);
    await world.clearFaults();
    await daemon.untilApplied(last);
    await untilTold("applied", "invalid", "approval_needed", "drift_found", "drift_gone", "failed", "recovered");
    const once = types().filter((type) => type !== "applied" && type !== "recovered");
    expect(once.sort()).toEqual(["approval_needed", "drift_found", "drift_gone", "failed", "invalid"]);
    const ids = receiver.received.map(({ body }) => JSON.parse(body).id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { headers, body } of receiver.received) {
      const signed = `${headers["x-poolkeeper-timestamp"]}.${body}`;
      const hash = createHmac("sha256", CHAT_SECRET).update(signed).digest("hex");
      expect(headers["x-poolkeeper-signature-256"]).toBe(`sha256=${hash}`);
    }
  });
});
