import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { malform } from "../reconcile/source/malform.ts";
import { holdCalls } from "../set-up/hold-calls.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { MOVE, queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";
import { openQueue } from "./open-queue.ts";
import { below, openTwins } from "./open-twins.ts";

const ALL = { policy: { auto_apply: "all" } };
const KINDS = ["github", "gitlab"] as const;
const NO_MORE = {
  ...{ name: "no-more", when: 'plan.changes.exists(c, c.address == "queue.more")' },
  ...{ severity: "fail", message: "No more queues." },
};
const METHODS = ["merge", "squash", "rebase"] as const;

describe.each(KINDS)("on %s, a commit of the merge queue", (kind) => {
  test.each(METHODS)("of two requests gets both statuses, and is applied without being held: %s", async (method) => {
    const forged = await openForgedWorld({ kind, settings: ALL });
    const { propose, pushTo, untilStatus, forge, daemon } = forged;
    const first = await propose("first", { "queues/any.yaml": queue("any", 7) });
    await pushTo(first, { "queues/more.yaml": queue("more", 2) });
    const second = await propose("second", MOVE);
    await untilStatus(first, "apply", /^success/);
    await untilStatus(second, "apply", /^success/);
    const groups = openQueue(forged);
    const [one = "", both = ""] = await groups.enqueue([first, second], { method });
    await groups.untilStatus(one, "plan", /^success: 1 to add, 1 to change/);
    await groups.untilStatus(both, "apply", /^success: applied after the merge/);
    await groups.untilStatus(both, "plan", /^success: 1 to add, \d+ to change/);
    const comments = forge.comments(first).length + forge.comments(second).length;
    const landed = await groups.land(second);
    expect(landed).toBe(both);
    await daemon.untilApplied(landed);
    await untilStatus(first, "apply", /^success: applied in/);
    await untilStatus(second, "apply", /^success: applied in/);
    expect(forge.comments(first).length + forge.comments(second).length).toBe(comments);
    expect(forge.unknown()).toEqual([]);
  });

  test("that is invalid, or that a check stops, is not green", async () => {
    const forged = await openForgedWorld({ kind, settings: { policy: { rules: [NO_MORE] } } });
    const { propose, untilStatus } = forged;
    const broken = await propose("broken", { "queues/any.yaml": "name: any\n" });
    const blocked = await propose("blocked", { "queues/more.yaml": queue("more", 2) });
    await untilStatus(broken, "plan", /^failure/);
    await untilStatus(blocked, "plan", /^failure: blocked by/);
    const groups = openQueue(forged);
    const [stopped = ""] = await groups.enqueue([blocked]);
    await groups.untilStatus(stopped, "plan", /^failure: blocked by/);
    await groups.untilStatus(stopped, "apply", /^failure: blocked by/);
    await groups.drop(blocked);
    const [wrong = ""] = await groups.enqueue([broken]);
    await groups.untilStatus(wrong, "plan", /^failure: \d+ errors? in manifests/);
    await groups.untilStatus(wrong, "apply", /^failure/);
  });

  test("is found without a webhook, and after the daemon was down", async () => {
    const forged = await openForgedWorld({ kind, webhooks: false });
    const { propose, untilStatus } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    const groups = openQueue(forged);
    const [polled = ""] = await groups.enqueue([number], { tells: false });
    await groups.untilStatus(polled, "apply", /^success/);
    await groups.drop(number);
    await forged.daemon.daemon.stop();
    const [missed = ""] = await groups.enqueue([number], { tells: false, method: "squash" });
    await forged.restart();
    await groups.untilStatus(missed, "apply", /^success/);
  });

  test("that leaves the queue while it is planned ends in no error, and the next one is planned", async () => {
    const forged = await openForgedWorld({ kind });
    const { propose, untilStatus, forge, world } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    const groups = openQueue(forged);
    const held = forge.hold({ call: /POST .*\/statuses\// });
    const [first = ""] = await groups.enqueue([number]);
    await held.arrived();
    await groups.drop(number);
    forge.fault({ kind: "status", status: 404 }, { call: new RegExp(`statuses/${first}`), times: 100 });
    held.release();
    const [second = ""] = await groups.enqueue([number], { method: "squash" });
    await groups.untilStatus(second, "apply", /^success/);
    expect(world.log.filter((line) => line.includes("could not be reviewed"))).toEqual([]);
  });

  test("is pending while the control plane is not reached, and green afterwards", async () => {
    const forged = await openForgedWorld({ kind });
    const { propose, untilStatus, world } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    await world.fault({ method: "*", code: "unavailable", count: 10_000 });
    const groups = openQueue(forged);
    const [sha = ""] = await groups.enqueue([number]);
    await groups.untilStatus(sha, "plan", /^pending: not planned yet/);
    await groups.untilStatus(sha, "apply", /^pending: not planned yet/);
    await world.clearFaults();
    await groups.untilStatus(sha, "plan", /^success/);
  });

  test("of which git's check refuses an object fails at once, and stops neither the branch nor the queue", async () => {
    const forged = await openForgedWorld({ kind });
    const { propose, untilStatus, daemon, world } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    const other = await propose("other", { "queues/more.yaml": queue("more", 2) });
    await untilStatus(other, "apply", /^success/);
    const groups = openQueue(forged);
    const { hasDotgit = "" } = malform(world.repository, world.first);
    await groups.plant(number, hasDotgit);
    await groups.untilStatus(hasDotgit, "plan", /^(error|failure): could not be planned: git failed/);
    await groups.untilStatus(hasDotgit, "apply", /^(error|failure): /);
    const [sound = ""] = await groups.enqueue([other], { onto: "main" });
    await groups.untilStatus(sound, "apply", /^success/);
    await daemon.untilApplied(await groups.land(other));
  });

  test("waits for each of two targets, and success comes last", async () => {
    const twins = await openTwins({ kind });
    const { other, propose, untilStatus } = twins;
    const number = await propose("both", { ...below("a", MOVE), ...below("b", MOVE) });
    await untilStatus(number, "apply", /^success/);
    const groups = openQueue(twins);
    // A round that is under way may have read what is live already, and one that is held there would never begin again.
    const { held, sha = "" } = await twins.betweenRounds(number, async () => {
      const held = await holdCalls(other.adminUrl, { method: "ListClusters", count: 100 });
      const [sha] = await groups.enqueue([number]);
      return { held, sha };
    });
    await held.arrived();
    await groups.untilStatus(sha, "plan", /^pending: waiting for: stage/);
    await held.release();
    await groups.untilStatus(sha, "plan", /^success: prod: .*stage: /);
    await groups.untilStatus(sha, "apply", /^success/);
  });

  test("is forgotten once it left the queue", async () => {
    const forged = await openForgedWorld({ kind });
    const { propose, untilStatus, daemon, world } = forged;
    const kept = () => {
      const database = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { readOnly: true });
      const rows = database.prepare("select commit_id from merge_group").all();
      database.close();
      return rows.map(({ commit_id }) => commit_id);
    };
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    const groups = openQueue(forged);
    const [sha = ""] = await groups.enqueue([number]);
    await groups.untilStatus(sha, "apply", /^success/);
    expect(kept()).toEqual([sha]);
    await daemon.untilApplied(await groups.land(number));
    await waitFor(
      () => kept().length === 0,
      () => JSON.stringify(kept()),
    );
    expect(groups.status(sha, "plan")).toMatch(/^success/);
  });
});

describe("a GitLab project without merge trains", () => {
  test("is asked for them once, however often somebody sets a request to be merged by itself", async () => {
    const forged = await openForgedWorld({ kind: "gitlab", gitlab: { trains: false } });
    const { propose, forge, say, untilStatus, untilReacted } = forged;
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilStatus(number, "apply", /^success/);
    forge.enqueue(number, "mona", forged.head(number));
    for (const _ of [1, 2]) await untilReacted(number, await say(number, "mona", "poolkeeper help"), /^thumbsup$/);
    await waitFor(
      () => trainCalls(forge.calls()) > 0,
      () => JSON.stringify(forge.calls().slice(-20)),
    );
    for (const _ of [1, 2]) await untilReacted(number, await say(number, "mona", "poolkeeper help"), /^thumbsup$/);
    expect(trainCalls(forge.calls())).toBe(1);
  });
});

function trainCalls(calls: readonly { readonly path: string }[]): number {
  return calls.filter(({ path }) => path.includes("/merge_trains")).length;
}
