import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createMetrics, type Metrics } from "../../../src/daemon/web/metrics/metrics.ts";
import { minutesAgo, NOW } from "./build-targets.ts";

let metrics: Metrics;
beforeEach(() => {
  metrics = createMetrics({ version: "1.2.3", now: () => NOW, processMetrics: false });
});

const lines = async (name: string) =>
  (await metrics.render()).text.split("\n").filter((line) => line.startsWith(`poolkeeper_${name}`));

function fill(target: string): void {
  metrics.expectTarget(target);
  metrics.passEnded(target, "applied", 1.2);
  metrics.setObjects(target, [{ kind: "cluster", state: "active", count: 3 }]);
  metrics.setDrift(target, 2, new Date(minutesAgo(40)));
  metrics.setContested(target, 1);
  metrics.setUnreachable(target, 1);
  metrics.setLeftBehind(target, 1);
  metrics.setOtherWrites(target, 1);
  metrics.setWaiting(target, 1, new Date(minutesAgo(30)));
  metrics.setApprovalPending(target, new Date(minutesAgo(20)));
  metrics.setStatus(target, { state: "Waiting", reason: "Draining", message: "", since: minutesAgo(5) }, "4f2a");
  metrics.setLastSuccess(target, new Date(minutesAgo(10)));
  metrics.setApplying(target, new Date(minutesAgo(1)));
  metrics.setPollInterval(target, 180);
  metrics.fetchFailed(target, "source_unreachable");
  metrics.callFailed(target, "unavailable");
  metrics.rateLimited(target, "control_plane");
  metrics.webhookTaken(target, "accepted");
  metrics.requestEnded("GET", "/", 200, 0.01);
  metrics.setListeners(1);
}

describe("metrics", () => {
  test("the document names each of them, with its type, and no others", async () => {
    fill("production");
    const { text } = await metrics.render();
    const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const document = readFileSync(join(import.meta.dirname, "../../../docs/reference.md"), "utf8");
    const told = [...document.matchAll(/^\| `(poolkeeper_\w+)` \| (\w+) /gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    expect(told.toSorted()).toEqual(served.toSorted());
  });

  test("a state is 1 and the others are 0, and the one before is gone", async () => {
    fill("production");
    metrics.setStatus(
      "production",
      { state: "Synced", reason: "NothingToDo", message: "", since: minutesAgo(0) },
      "b81e",
    );
    expect(await lines("target_info")).toEqual([
      'poolkeeper_target_info{target="production",state="Synced",reason="NothingToDo",revision="b81e"} 1',
    ]);
    const states = await lines("target_state{");
    expect(states).toHaveLength(8);
    expect(states.filter((line) => line.endsWith(" 1"))).toEqual([
      'poolkeeper_target_state{target="production",state="Synced"} 1',
    ]);
  });

  test("the age of the last success is told by the clock, and absent where there was none", async () => {
    metrics.setLastSuccess("production", new Date(minutesAgo(10)));
    metrics.setLastSuccess("fresh", null);
    expect(await lines("last_success_age_seconds")).toEqual([
      'poolkeeper_last_success_age_seconds{target="production"} 600',
    ]);
    expect(await lines('last_success_timestamp_seconds{target="fresh"}')).toEqual([
      'poolkeeper_last_success_timestamp_seconds{target="fresh"} 0',
    ]);
  });

  test("of one that never succeeded it is known since when it is watched: a limit counts from then, and not from 1970", async () => {
    metrics.expectTarget("new");
    metrics.setLastSuccess("new", null);
    expect(await lines("last_success_timestamp_seconds{")).toEqual([
      'poolkeeper_last_success_timestamp_seconds{target="new"} 0',
    ]);
    expect(await lines("watched_since_timestamp_seconds{")).toEqual([
      `poolkeeper_watched_since_timestamp_seconds{target="new"} ${NOW.getTime() / 1000}`,
    ]);
  });

  test("what alerts count begins at 0, so that they see the first of it, and is not reset at each scrape", async () => {
    metrics.expectTarget("new");
    expect(await lines("webhooks_total{")).toContain('poolkeeper_webhooks_total{target="new",result="refused"} 0');
    expect(await lines("rate_limited_total{")).toContain('poolkeeper_rate_limited_total{target="new",by="forge"} 0');
    metrics.webhookTaken("new", "refused");
    metrics.expectTarget("new");
    expect(await lines("webhooks_total{")).toContain('poolkeeper_webhooks_total{target="new",result="refused"} 1');
  });

  test("counts of objects take the place of those before", async () => {
    fill("production");
    metrics.setObjects("production", [{ kind: "queue", state: "drained", count: 1 }]);
    expect(await lines("objects")).toEqual(['poolkeeper_objects{target="production",kind="queue",state="drained"} 1']);
  });

  test("of a target that is forgotten nothing is left, what was counted included", async () => {
    fill("production");
    await metrics.forget("production");
    const { text } = await metrics.render();
    const left = text.split("\n").filter((line) => line.includes('target="production"'));
    expect(left).toEqual([]);
  });
});
