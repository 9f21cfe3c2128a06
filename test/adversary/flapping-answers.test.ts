/**
 * A control plane may answer something else at each look: how much work there is, or what its objects are. What is said on requests that did not move
 * themselves changes with that, on all of them in each round, for as many calls of the forge: of those that are used up, no rejection is read.
 */
import { expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { makeRounds } from "./make-rounds.ts";
import { GUARDED, openGuarded, reject } from "./reject-request.ts";

const SETTINGS = { settings: { ...GUARDED, repository: { poll: "24h" } } };
const REQUESTS = 4;
/** Twice as many as a budget of 120 calls pays for. */
const ROUNDS = 24;

/** What was written on the forge: comments and statuses. */
const countWritten = ({ forge }: ForgedWorld) => forge.calls().filter(({ method }) => method !== "GET").length;

/** Requests that move a cluster, and change a queue of their own and the one that all have. */
async function openRequests(forged: ForgedWorld): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let index = 0; index < REQUESTS; index += 1)
    numbers.push(await forged.propose(`b${index}`, { ...MOVE, [`queues/q${index}.yaml`]: queue(`q${index}`, 1) }));
  for (const number of numbers) {
    await forged.untilStatus(number, "plan", /^success/);
    await forged.untilRecorded(number);
  }
  return numbers;
}

/** Has the control plane answer something else in each of many rounds; what is written on the forge for that. */
async function flap(forged: ForgedWorld, number: number, change: (round: number) => Promise<unknown>): Promise<number> {
  await makeRounds(forged, number, 2);
  const before = countWritten(forged);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await change(round);
    await makeRounds(forged, number, 1);
  }
  await makeRounds(forged, number, 2);
  return countWritten(forged) - before;
}

test.each(FORGE_NAMES)(
  "other figures of work in each round cost a number of calls, and no rejection waits for that, on %s",
  async (kind) => {
    const forged = await openGuarded({ ...SETTINGS, kind });
    const numbers = await openRequests(forged);
    const [first = 0, second = 0] = numbers;
    const written = await flap(forged, first, (round) => forged.world.setWork("c1", round));
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(60);
    for (const number of numbers) expect(forged.status(number, "plan")).toMatch(/^success/);
    await reject(forged, second);
    await forged.untilSaid(second, /carol/);
  },
);

test.each(FORGE_NAMES)(
  "other plans in each round do as well, and what the comment shows no more is no success, on %s",
  async (kind) => {
    const forged = await openGuarded({
      settings: { ...SETTINGS.settings, policy: { ...GUARDED.policy, auto_apply: "all" } },
      kind,
    });
    const numbers = await openRequests(forged);
    const [first = 0, second = 0] = numbers;
    const { rows } = forged.world.served.model.state.cluster;
    const written = await flap(forged, first, async (round) => {
      const row = rows.get("c1");
      if (row !== undefined) rows.set("c1", { ...row, state: round % 2 === 0 ? "active" : "drained" });
    });
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(150);
    const said = numbers.filter((number) =>
      forged.status(number, "plan").startsWith("pending: it is another plan now"),
    );
    expect(said.length).toBeGreaterThan(0);
    for (const number of said) expect(forged.status(number, "apply")).toMatch(/^pending: it is another plan now/);
    await reject(forged, second);
    await forged.untilSaid(second, /carol/);
  },
);

test.each(FORGE_NAMES)(
  "whether the rollout of merged requests waits or fails does as well, and what came of them is said at the end, on %s",
  async (kind) => {
    const forged = await openGuarded({ settings: { ...SETTINGS.settings, policy: { auto_apply: "all" } }, kind });
    await forged.world.setWork("c1", 1);
    const numbers = await openRequests(forged);
    const [first = 0] = numbers;
    let merged = "";
    for (const number of numbers) merged = await forged.merge(number, "mona");
    for (const number of numbers) await forged.untilStatus(number, "apply", /^pending/);
    const written = await flap(forged, first, (round) =>
      round % 2 === 0
        ? forged.world.clearFaults()
        : forged.world.fault({ method: "ListQueues", code: "permission_denied", message: "no", count: 1_000 }),
    );
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(150);
    await forged.world.clearFaults();
    await forged.world.setWork("c1", 0);
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.daemon.approve();
    await forged.daemon.untilApplied(merged);
    for (const number of numbers) await forged.untilStatus(number, "apply", /^success: applied/);
  },
);

test("where the forge says that few calls are left, pushes wait until there are more, and decisions do not", async () => {
  let left = 4_000;
  const forged = await openGuarded({ ...SETTINGS, kind: "github", github: { left: () => left } });
  const [first = 0, second = 0] = await openRequests(forged);
  left = 900;
  await makeRounds(forged, first, 1);
  await forged.pushTo(first, { ...MOVE, "queues/q0.yaml": queue("q0", 2) });
  await makeRounds(forged, first, 2);
  expect(forged.status(first, "plan")).not.toMatch(/^success/);
  await reject(forged, second);
  await forged.untilSaid(second, /carol/);
  expect(forged.status(first, "plan")).not.toMatch(/^success/);
  left = 4_000;
  await makeRounds(forged, first, 1);
  await forged.untilStatus(first, "plan", /^success/);
});

test("the first plan of a commit that could not be planned is shown though few calls are left", async () => {
  let left = 4_000;
  const forged = await openForgedWorld({
    ...{ kind: "github", github: { left: () => left } },
    settings: { repository: { poll: "24h" } },
  });
  await forged.world.fault({ method: "ListClusters", code: "internal", message: "broken", count: 1_000 });
  const number = await forged.propose("move", MOVE);
  await forged.untilStatus(number, "plan", /^(error|failure): could not be planned/);
  await forged.untilRecorded(number);
  left = 900;
  await makeRounds(forged, number, 1);
  await forged.world.clearFaults();
  await makeRounds(forged, number, 2);
  await forged.untilStatus(number, "plan", /^success/);
});
