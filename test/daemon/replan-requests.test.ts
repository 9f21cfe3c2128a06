import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { cluster, MOVE, pool, queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";
import { moveByHand } from "./open-other-hands.ts";

describe("a request", () => {
  test("is planned again on the base that another one's merge made", async () => {
    const { propose, merge, daemon, untilSaid } = await openForgedWorld();
    const first = await propose("change", { "queues/any.yaml": queue("any", 7) });
    const second = await propose("add", { "queues/b.yaml": queue("b", 2) });
    await untilSaid(second, "queue.b");
    const commit = await merge(first, "mona");
    await daemon.untilApplied(commit);
    await untilSaid(second, commit.slice(0, 7));
  });

  test("whose commit was invalid has a check run that succeeds once the base has what it lacked", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const app = { id: 7, installation: 42 };
    const { propose, merge, forge, head, untilStatus } = await openForgedWorld({
      kind: "github",
      github: { app: { ...app, slug: "poolkeeper", publicKey } },
      requests: { token: undefined, app: { ...app, key: { env: "APP_KEY" } } },
      env: { APP_KEY: privateKey },
    });
    const lacking = await propose("cluster", { "clusters/c4.yaml": cluster("c4", "pc") });
    await untilStatus(lacking, "plan", /^failure/);
    const concluded = () => forge.checks(head(lacking)).map(({ name, conclusion }) => `${name}: ${conclusion}`);
    await expect.poll(concluded).toEqual(["poolkeeper (prod): failure"]);
    await merge(await propose("pool", { "pools/pc.yaml": pool("pc") }), "mona");
    await untilStatus(lacking, "plan", /^success/);
    const both = ["poolkeeper (prod): failure", "poolkeeper (prod): success"];
    await expect.poll(concluded).toEqual(both);
  });

  test("tells what somebody changed by hand apart from what it changes", async () => {
    const { propose, world, untilSaid, comment } = await openForgedWorld({
      settings: { drift: { action: "report" } },
    });
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(number, "queue.any");
    expect(comment(number)).not.toMatch(/drift/i);
    await moveByHand(world, "c2", "pb");
    await untilSaid(number, /drift/i);
    await untilSaid(number, "cluster.c2");
  });

  test("loses its approval with a push, though that changes nothing of the plan, and with the plan", async () => {
    const forged = await openForgedWorld({ requests: { approval: "explicit" } });
    const { propose, pushTo, say, untilStatus } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^pending: needs/);
    await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await untilStatus(number, "apply", /^success: approved by mona/);
    await pushTo(number, { "README.md": "# Words alone\n" });
    await untilStatus(number, "apply", /^pending: needs/);
    await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await untilStatus(number, "apply", /^success: approved by mona/);
    await pushTo(number, { "clusters/c3.yaml": cluster("c3", "pa") });
    await untilStatus(number, "apply", /^pending: needs/);
  });
});

describe("a merge", () => {
  test("of a plan that somebody rejected does not approve it", async () => {
    const forged = await openForgedWorld();
    const { propose, say, merge, untilStatus, untilReacted, daemon } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    await untilReacted(number, await say(number, "mona", "poolkeeper reject"), /^\+1$/);
    const commit = await merge(number, "mona");
    await daemon.untilState("AwaitingApproval", commit);
    await untilStatus(number, "apply", /^failure: rejected by mona, needs/);
    const { approvals } = await daemon.target();
    expect(approvals.filter(({ state }) => state !== "rejected")).toEqual([]);
  });

  test("whose plan somebody rejects afterwards on the page is not approved again", async () => {
    const { propose, merge, untilStatus, daemon, world } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    await world.setWork("c1", 1);
    await merge(number, "mona");
    const { approvals: given } = await daemon.until(({ approvals }) => approvals.length > 0);
    const digest = given[0]?.digest ?? "";
    const answered = await daemon.send("/rejections", { digest, reason: "not today", target: "prod" }, "approve");
    expect(answered.status).toBeLessThan(300);
    const passes = world.log.length;
    await daemon.until(
      () => world.log.slice(passes).filter((line) => line.includes("Pull requests reviewed")).length > 2,
    );
    const { approvals } = await daemon.target();
    expect(approvals.filter(({ state }) => state === "open" || state === "running")).toEqual([]);
  });

  test("whose plan somebody rejects on the page before the forge told of the merge is not approved by it", async () => {
    const { propose, merge, untilStatus, daemon, holdRounds } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    const held = holdRounds();
    const merged = await merge(number, "mona");
    const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
    const rejection = { digest: last_pass?.digest ?? "", reason: "not today", target: "prod" };
    expect((await daemon.send("/rejections", rejection, "approve")).status).toBeLessThan(300);
    held.release();
    await untilStatus(number, "apply", /^failure: rejected by approve/);
    const { approvals, applied_revision } = await daemon.target();
    expect(approvals.filter(({ state }) => state !== "rejected")).toEqual([]);
    expect(applied_revision).not.toBe(merged);
  });

  test("approves what was reviewed though something else drifted meanwhile, which is reported and left", async () => {
    const settings = { drift: { action: "report" }, policy: { auto_apply: "create" } };
    const forged = await openForgedWorld({ settings, webhooks: false });
    const { world, propose, merge, restart, untilStatus } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /applied after the merge/);
    await forged.daemon.daemon.stop();
    const merged = await merge(number, "mona");
    await moveByHand(world, "c3", "pa");
    await restart();
    const { applied } = await forged.daemon.until(({ applied_revision }) => applied_revision === merged);
    expect(applied[0]?.approval).not.toBeNull();
    const { queue: queues, cluster: clusters } = world.served.model.state;
    expect([queues.rows.get("any")?.spec.run_concurrency, clusters.rows.get("c3")?.pool]).toEqual([7, "pa"]);
  });

  test("that leads to another plan than the reviewed one is held, and the comment says that it is another one", async () => {
    const forged = await openForgedWorld({ settings: { drift: { action: "report" } }, webhooks: false });
    const { world, propose, merge, restart, untilStatus, untilSaid, digest } = forged;
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    const reviewed = digest(number);
    await forged.daemon.daemon.stop();
    const merged = await merge(number, "mona");
    await moveByHand(world, "c2", "pb");
    await restart();
    const { daemon } = forged;
    await daemon.untilState("AwaitingApproval", merged);
    await untilStatus(number, "apply", /^pending: needs/);
    await untilSaid(number, "is the plan below, which was not reviewed here before the merge");
    // The comment shows the plan to approve now: the reviewed one knew nothing of the other cluster.
    await untilSaid(number, "cluster.c2");
    const { approvals, last_pass } = await daemon.target();
    expect(approvals).toEqual([]);
    expect(last_pass?.digest?.startsWith(reviewed)).toBe(false);
  });
});
