/**
 * The attacker opens several requests of one commit. What is said of the commit is one status for all of them: where each request would say it in its
 * own words, every round would set it again, and use up the calls that the forge allows. Or it would be green for one though a target waits for another.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import { below, openTwins } from "../daemon/open-twins.ts";
import { holdCalls } from "../set-up/hold-calls.ts";
import { listCreated, makeRounds, openTwin, tellEach } from "./make-rounds.ts";
import { GUARDED, openGuarded } from "./reject-request.ts";

test.each(FORGE_NAMES)(
  "a round without news sets no status of a commit that several requests have, on %s",
  async (kind) => {
    const forged = await openGuarded({
      ...{ kind, requests: { approval: "explicit" }, settings: { ...GUARDED, repository: { poll: "24h" } } },
    });
    const first = await forged.propose("a", MOVE);
    for (const title of ["b", "c"]) openTwin(forged, forged.head(first), { title });
    forged.forge.advance(60_000);
    await forged.tell(first, "edited");
    await forged.untilSaid(3, /digest/);
    expect(await listCreated(forged, first)).toEqual([]);
  },
);

describe.each(FORGE_NAMES)("on %s, where one of two targets has nothing on record of a twin,", (kind) => {
  const settings = { ...GUARDED, repository: { poll: "24h" } };
  const files = { ...below("a", MOVE), ...below("b", MOVE) };

  test("a round without news sets no status, also where that target's look at the first one failed", async () => {
    const forged = await openTwins({ kind, settings });
    const { other, daemon } = forged;
    const fail = { method: "ListClusters", code: "internal", message: "broken" };
    await fetch(`${other.adminUrl}/faults`, { method: "POST", body: JSON.stringify({ ...fail, count: 1_000 }) });
    const first = await forged.propose("a", files);
    // The other one may have listed the open requests before.
    await tellEach(forged, first, ["stage"]);
    await forged.untilStatus(first, "plan", /^(error|failure): stage: could not be planned/);
    await forged.untilRecorded(first);
    await fetch(`${other.adminUrl}/faults`, { method: "DELETE" });
    const hanging = await holdCalls(other.adminUrl, { method: "ListClusters", count: 1_000 });
    await tellEach(forged, first, ["stage"]);
    await hanging.arrived();
    const twin = openTwin(forged, forged.head(first), { author: "stranger", fork: "stranger/pools" });
    await forged.tell(twin, "edited");
    await forged.untilRecorded(twin);
    expect(await listCreated(forged, first)).toEqual([]);
    await hanging.release();
    await daemon.until(({ last_pass }) => last_pass !== null, "stage");
  });

  test("no end of a twin makes the commit green while the other one waits for that target", async () => {
    const forged = await openTwins({ kind, settings });
    const { other, forge } = forged;
    const hanging = await holdCalls(other.adminUrl, { method: "ListClusters", count: 1_000 });
    const first = await forged.propose("a", files);
    // The other one may have listed the open requests before.
    await tellEach(forged, first, ["stage"]);
    const sha = forged.head(first);
    const states: string[] = [];
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    forge.onStatus((of) => {
      if (of === sha && !isOver) states.push(...forge.statuses(sha).map(({ state }) => state));
    });
    await hanging.arrived();
    await forged.untilStatus(first, "apply", /^pending: waiting for: stage/);
    const twin = openTwin(forged, sha);
    await forged.tell(twin, "edited");
    await forged.untilSaid(twin, /digest/);
    await forged.untilRecorded(twin);
    forge.changeRequest(twin, { state: "closed" });
    await forged.tell(twin, "closed");
    await forged.untilSaid(twin, /closed/i);
    await makeRounds(forged, first, 2);
    expect(new Set(states)).toEqual(new Set(["pending"]));
    await hanging.release();
    await forged.untilStatus(first, "apply", /^success/);
    isOver = true;
  });
});
