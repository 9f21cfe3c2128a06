import { describe, expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { CALLS } from "./forge-calls.ts";
import { MOVE, queue } from "./manifests.ts";
import { type ForgedWorld, openForgedWorld } from "./open-forged-world.ts";

const TROUBLED = Object.keys(CALLS) as (keyof typeof CALLS)[];

/** Lets the next such call go wrong, ends the daemon as soon as it did, and starts it again on its store. */
async function strike({ forge, daemon, restart, world }: ForgedWorld, kind: "cut_before" | "cut_after", call: RegExp) {
  const count = () => forge.calls().filter(({ method, path }) => call.test(`${method} ${path}`)).length;
  const before = count();
  // Until the daemon ends, it is not to get through by trying again.
  forge.fault({ kind }, { call, times: 100 });
  return async () => {
    await waitFor(
      () => count() > before,
      () => `${call} was never called\n${world.log.slice(-20).join("")}`,
    );
    await daemon.daemon.stop();
    forge.heal();
    await restart();
  };
}

describe.each(["cut_before", "cut_after"] as const)("a daemon that ends when a call of the forge is %s", (kind) => {
  test.each(TROUBLED)("at %s says all of it once, and carries out a command and a merge once", async (name) => {
    const forged = await openForgedWorld({ requests: { approval: "explicit" } });
    const { forge, propose, say, merge, untilStatus, untilReacted, sticky } = forged;
    const call = CALLS[name];
    const isFirst = name === "create" || name === "status";
    const first = isFirst ? await strike(forged, kind, call) : null;
    const number = await propose("move-c1", MOVE);
    await first?.();
    await untilStatus(number, "apply", /^pending: needs/);
    const second = isFirst ? null : await strike(forged, kind, call);
    const given = await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await second?.();
    await untilReacted(number, given, /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by mona/);
    const isLate = name === "list" || name === "update" || name === "status";
    const third = isLate ? await strike(forged, kind, call) : null;
    const commit = await merge(number, "mona");
    await third?.();
    const { audit } = await forged.daemon.untilApplied(commit);
    await untilStatus(number, "apply", /^success: applied in/);
    await forged.untilSaid(number, "Applied");
    expect(sticky(number)).toHaveLength(1);
    expect(audit.filter(({ action, details }) => action === "approve" && "approval" in details)).toHaveLength(1);
    expect(forge.unknown()).toEqual([]);
  });
});

describe("while the forge", () => {
  test("limits the rate, it is left alone, and passes go on", async () => {
    const { forge, daemon, propose, world } = await openForgedWorld();
    forge.limit(3_600, { call: CALLS.create });
    await propose("move-c1", MOVE);
    await waitFor(
      () => world.log.some((line) => line.includes("forge_limited")),
      () => world.log.slice(-20).join(""),
    );
    const calls = forge.calls().length;
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    // Whether somebody pushed it or a request was merged is not known now: it waits, and the pass is made all the same.
    const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
    expect(status.state).toBe("AwaitingApproval");
    const rests = () => world.log.filter((line) => line.includes("forge_limited")).length;
    const before = rests();
    await waitFor(
      () => rests() > before,
      () => world.log.slice(-20).join(""),
    );
    expect(forge.calls().slice(calls)).toEqual([]);
  });

  test("limited the rate for a moment, what happened meanwhile is told afterwards", async () => {
    const { forge, propose, untilSaid, untilStatus } = await openForgedWorld();
    forge.limit(4, { call: CALLS.create });
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    await untilStatus(number, "plan", /^success/);
  });

  test("refuses the token, passes go on, the log says what to do, and it is asked once in a round", async () => {
    const { forge, daemon, propose, world } = await openForgedWorld();
    forge.revoke();
    await propose("move-c1", MOVE);
    const isRefused = (line: string) => line.includes("forge_refused");
    await waitFor(
      () => world.log.some(isRefused),
      () => world.log.slice(-20).join(""),
    );
    const calls = forge.calls().length;
    const rounds = world.log.filter(isRefused).length;
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    // Whether somebody pushed it or a request was merged is not known now: it waits, and the pass is made all the same.
    const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
    expect(status.state).toBe("AwaitingApproval");
    await waitFor(
      () => world.log.filter(isRefused).length > rounds,
      () => world.log.slice(-20).join(""),
    );
    const more = world.log.filter(isRefused).length - rounds;
    expect(forge.calls().length - calls).toBeLessThanOrEqual(more + 1);
    expect(world.log.find(isRefused)).toMatch(/token/i);
  });

  test("is down for a while, everything is told when it is back", async () => {
    const { forge, daemon, propose, world, untilSaid } = await openForgedWorld();
    forge.fault({ kind: "status", status: 502 }, { times: 1000 });
    const number = await propose("move-c1", MOVE);
    await waitFor(
      () => world.log.some((line) => line.includes("forge_unreachable")),
      () => world.log.slice(-20).join(""),
    );
    const pushed = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    // Whether somebody pushed it or a request was merged is not known now: it waits, and the pass is made all the same.
    const { status } = await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
    expect(status.state).toBe("AwaitingApproval");
    forge.heal();
    await daemon.untilApplied(pushed);
    await untilSaid(number, "cluster.c1");
  });

  test("refuses to take a comment on one request, as on a locked one, the others are told of theirs", async () => {
    const { forge, propose, untilSaid, untilStatus } = await openForgedWorld();
    forge.fault({ kind: "status", status: 403 }, { call: /^POST .*\/issues\/1\/comments/, times: 1000 });
    const locked = await propose("move-c1", MOVE);
    const other = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(other, "queue.any");
    await untilStatus(locked, "plan", /^error: the forge refused the comment/);
    await untilStatus(locked, "apply", /^error: the forge refused the comment/);
  });

  test("has lost a request for good, it is dropped, and the others are told of theirs", async () => {
    const { forge, world, propose, tell, untilSaid, untilStatus } = await openForgedWorld();
    const gone = await propose("move-c1", MOVE);
    await untilStatus(gone, "apply", /./);
    const call = /\/(pulls|issues)\/1\b|\/issues\/comments\//;
    forge.fault({ kind: "status", status: 404 }, { call, times: 1000 });
    forge.changeRequest(gone, { state: "closed" });
    await tell(gone, "closed");
    const other = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(other, "queue.any");
    await untilStatus(other, "apply", /./);
    // The round that told of the other one has ended.
    const countRounds = () => world.log.filter((line) => line.includes("Pull requests reviewed")).length;
    const rounds = countRounds();
    await waitFor(
      () => countRounds() > rounds + 1,
      () => world.log.slice(-10).join(""),
    );
    const calls = forge.calls().length;
    const last = await propose("add", { "queues/b.yaml": queue("b", 7) });
    await untilSaid(last, "queue.b");
    expect(
      forge
        .calls()
        .slice(calls)
        .filter(({ path }) => call.test(path)),
    ).toEqual([]);
  });

  test("cuts the last words on a closed request, they are said again before it is dropped", async () => {
    const { forge, propose, tell, untilSaid, untilStatus } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    forge.fault({ kind: "cut_before" }, { call: CALLS.update });
    forge.changeRequest(number, { state: "closed" });
    await tell(number, "closed");
    await untilStatus(number, "apply", /^pending: closed/);
    await untilSaid(number, /closed/i);
  });

  test("takes no status for a fork's commit, as GitLab, the request is told of in its comment, and others too", async () => {
    const { propose, untilSaid, untilStatus } = await openForgedWorld({ kind: "gitlab", requests: { forks: true } });
    const fork = await propose("move-c1", MOVE, { fork: "mona/pools" });
    const own = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(fork, "cluster.c1");
    await untilStatus(own, "plan", /^success/);
  });
});
