import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { nextWakeMs } from "../../src/daemon/next-wake.ts";
import { queue } from "./manifests.ts";
import { openDaemonWorld, pollOften } from "./open-daemon-world.ts";

const ALERTS = join(import.meta.dirname, "..", "..", "deploy", "monitoring", "alerts.yaml");
const MINUTE = 60_000;

/** An alert that a counter's increase raises, as it is shipped. */
interface Alert {
  readonly windowMs: number;
  readonly least: number;
  /** How long the increase must last. */
  readonly forMs: number;
}

function readAlert(name: string): Alert {
  const rules = Object(load(readFileSync(ALERTS, "utf8"))).groups[0].rules as readonly Record<string, string>[];
  const { expr = "", for: lasts = "0m" } = rules.find(({ alert }) => alert === name) ?? expect.fail();
  const [, window = "", unit = "", least = ""] =
    /increase\(\w+\[(\d+)([mh])\]\)\) >= (\d+)$/.exec(expr) ?? expect.fail(expr);
  return {
    windowMs: Number(window) * (unit === "h" ? 60 : 1) * MINUTE,
    least: Number(least),
    forMs: Number.parseInt(lasts, 10) * MINUTE,
  };
}

/** What makes the passes of a target: its polls, and how long a pass takes that ends with a failure. */
interface Rhythm {
  readonly pollMs: number;
  readonly jitterMs: number;
  readonly passMs: number;
  /** 0 to 1: what is drawn for every pause. */
  readonly random: number;
}

/** When the passes end that fail in an outage, by the daemon's own pauses: a poll's pass replaces the retry that is pending. */
function listFailures({ pollMs, jitterMs, passMs, random }: Rhythm, outageMs: number): readonly number[] {
  const ends: number[] = [];
  const pause = pollMs + random * jitterMs;
  let start = 0;
  let poll = pause;
  while (start < outageMs) {
    const end = start + passMs;
    ends.push(end);
    const outcome = { kind: "inconclusive", step: "read", code: "unavailable", message: "" } as const;
    const failures = ends.length;
    const retry = end + (nextWakeMs({ outcome, failures, retryAfterMs: null, random, now: "" }) ?? expect.fail());
    // What is asked for during a pass follows it.
    start = Math.min(retry, Math.max(poll, end));
    while (poll <= start) poll += pause;
  }
  return ends;
}

/**
 * When an alert fires, scraped every half minute; null: it does not. What Prometheus extrapolates to the window's ends is less than one of these
 * failures, and it does not see the first one of a counter.
 */
function findFiring({ windowMs, least, forMs }: Alert, failures: readonly number[]): number | null {
  const [, ...counted] = failures;
  let since: number | null = null;
  for (let at = 0; at <= (failures.at(-1) ?? 0) + windowMs; at += MINUTE / 2) {
    const increase = counted.filter((moment) => moment > at - windowMs + MINUTE / 2 && moment <= at).length;
    since = increase < least ? null : (since ?? at);
    if (since !== null && at - since >= forMs) return at;
  }
  return null;
}

const DRAWS = [0, 0.5, 1];
const DEFAULT = { pollMs: 120_000, jitterMs: 60_000, passMs: 1_000 };

test("each pass that a control plane refuses or does not answer counts one failed call", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({}, pollOften);
  await daemon.untilApplied(world.first);
  for (const code of ["unavailable", "unauthenticated", "permission_denied"]) {
    const count = async () => {
      const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
      const read = (pattern: RegExp) => Number(pattern.exec(metrics)?.[1] ?? 0);
      const failed = read(new RegExp(`^poolkeeper_call_failures_total\\{[^}]*code="${code}"\\} (\\d+)$`, "m"));
      return [failed, read(/^poolkeeper_pass_duration_seconds_count\{[^}]*outcome="inconclusive"\} (\d+)$/m)] as const;
    };
    const [, before] = await count();
    await world.fault({ method: "*", code, count: 10_000 });
    await daemon.until(({ status }) => status.state === "Inconclusive");
    await daemon.reconciled();
    const [failed, passes] = await count();
    expect(failed).toBeGreaterThan(1);
    expect(failed).toBe(passes - before);
    await world.clearFaults();
    await daemon.untilState("Synced");
  }
});

test.each([
  ["by default", DEFAULT],
  ["that answers nothing, by default", { ...DEFAULT, passMs: 37_000 }],
  ["that is polled once an hour", { ...DEFAULT, pollMs: 60 * MINUTE }],
  ["that answers nothing and is polled once an hour", { ...DEFAULT, pollMs: 60 * MINUTE, passMs: 37_000 }],
])(
  "an outage of a control plane %s raises the alert of failing calls within half an hour, and hours later too",
  (_name, rhythm) => {
    const alert = readAlert("PoolkeeperCallsFailing");
    for (const random of DRAWS) {
      const failures = listFailures({ ...rhythm, random }, 300 * MINUTE);
      expect(findFiring(alert, failures)).toBeLessThanOrEqual(30 * MINUTE);
      const late = failures.filter((moment) => moment > 120 * MINUTE);
      expect(findFiring(alert, late)).toBeLessThanOrEqual(120 * MINUTE + 60 * MINUTE);
    }
  },
);

test.each([
  ["PoolkeeperFetchFailing", "a repository that is not reached"],
  ["PoolkeeperRateLimited", "a system that limits the rate"],
])("%s fires within an hour, by default, for %s", (name) => {
  const alert = readAlert(name);
  for (const random of DRAWS)
    expect(findFiring(alert, listFailures({ ...DEFAULT, random }, 300 * MINUTE))).toBeLessThanOrEqual(60 * MINUTE);
});

test("a control plane that is away for four minutes raises no alert of failing calls", () => {
  const alert = readAlert("PoolkeeperCallsFailing");
  for (const random of DRAWS) expect(findFiring(alert, listFailures({ ...DEFAULT, random }, 4 * MINUTE))).toBeNull();
});

test.each([
  ["work that has not drained", "waiting", "all", 0],
  ["a plan that nobody has approved", "approval_pending", "update", null],
] as const)(
  "an outage and a restart end no wait for %s: it has lasted since it began",
  async (_what, name, auto_apply, atEnd) => {
    const world = await openDaemonWorld();
    const settings = { policy: { max_destroy_share: 1, auto_apply } };
    const daemon = await world.start(settings);
    await daemon.untilApplied(world.first);
    const setWork = (runs: number) => world.post("/inflight", { queue: "any", runs, actions: runs, depth: 0 });
    await setWork(3);
    const commit = await daemon.push({ "queues/any.yaml": null });
    await daemon.untilState(name === "waiting" ? "Waiting" : "AwaitingApproval", commit);
    const readFrom = async ({ url }: { readonly url: string }) => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return new RegExp(`^poolkeeper_${name}_since_timestamp_seconds\\{target="prod"\\} (.+)$`, "m").exec(metrics)?.[1];
    };
    const since = await readFrom(daemon);
    expect(Number(since)).toBeGreaterThan(Date.now() / 1000 - 3600);
    await world.fault({ method: "*", code: "unavailable", count: 10_000 });
    await daemon.reconciled();
    await daemon.until(({ status }) => status.state === "Inconclusive");
    expect(await readFrom(daemon)).toBe(since);
    await daemon.daemon.stop();
    const next = await world.start(settings);
    expect(await readFrom(next)).toBe(since);
    await world.clearFaults();
    await next.untilState(name === "waiting" ? "Waiting" : "AwaitingApproval", commit);
    expect(await readFrom(next)).toBe(since);
    if (atEnd === null) await next.push({ "queues/any.yaml": queue("any", 1) });
    else await setWork(0);
    await next.untilState("Synced");
    expect(await readFrom(next)).toBe("0");
  },
);

test("no alert has to last for hours, which a restart would begin anew", () => {
  const rules = Object(load(readFileSync(ALERTS, "utf8"))).groups[0].rules as readonly Record<string, string>[];
  const long = rules.filter(({ for: lasts = "0m" }) => lasts.endsWith("h") || Number.parseInt(lasts, 10) > 30);
  expect(long.map(({ alert }) => alert)).toEqual([]);
});

test("what is lost for a receiver is counted from the start, so that the first loss is an increase", async () => {
  const world = await openDaemonWorld();
  world.env.ALERT_URL = "http://127.0.0.1:9/";
  const notifications = [{ name: "alert", type: "webhook", url: { env: "ALERT_URL" }, events: ["failed"] }];
  const daemon = await world.start({ file: { notifications } });
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  for (const result of ["refused", "given_up", "dropped"]) {
    expect(metrics).toContain(`poolkeeper_notifications_total{receiver="alert",result="${result}"} 0`);
  }
});
