import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/daemon/config/read-config.ts";
import { POLL_MS } from "../../src/daemon/jobs/create-pg-boss-jobs.ts";
import { RETRY_MS } from "../../src/daemon/jobs/jobs.ts";
import { MAINTENANCE_MS } from "../../src/daemon/jobs/open-pass-queue.ts";
import { HELD_LEASE_MS, nextWakeMs } from "../../src/daemon/next-wake.ts";
import { LEASE_MS } from "../../src/store/leases/hold-lease.ts";
import { DEFAULT_WRITE_TIMEOUT_MS } from "../../src/systems/http/transport-settings.ts";

/** The longest until another host writes, but for what it reads first. */
const PROMISE_MS = 30_000;
/** Left of it for the look at the target that the write rests on, and for the one that finds the lease held. */
const LOOKS_MS = 5_000;

/** As a configuration of before may have it. */
const LONG = "45s";

function readDefaults(plane: object = {}) {
  const file = {
    targets: [
      {
        name: "prod",
        folder: { path: "/manifests" },
        control_plane: { endpoint: "https://acme.example.com", org: "acme", api_key: { env: "KEY" }, ...plane },
      },
    ],
    store: { database_url: { env: "DATABASE" } },
  };
  const { config, diagnostics } = parseConfig(JSON.stringify(file), "/poolkeeper.yaml", { KEY: "k", DATABASE: "d" });
  const target = config?.targets[0];
  if (target === undefined) throw new Error(JSON.stringify(diagnostics));
  return { leaseMs: target.lease.ttl_ms, writeMs: target.control_plane.write_timeout_ms };
}

/** From the loss of a host to the first look of another one that may write. What a stopped host held is not given back. */
function longestTakeover({ leaseMs, writeMs }: ReturnType<typeof readDefaults>): number {
  const leaseFree = leaseMs + writeMs;
  // A wish that nobody ends is found once it is older than a lease; then the lease of the pass is over, or nearly.
  const wishTaken = leaseMs + 2 * MAINTENANCE_MS + POLL_MS;
  const wishPutBack = leaseMs + RETRY_MS + POLL_MS;
  const firstLook = Math.max(wishTaken, wishPutBack);
  // A look that finds the lease held is followed by one when it is free.
  return Math.max(firstLook, leaseFree + POLL_MS);
}

describe("after a host was lost, another one", () => {
  test("writes within 30 seconds by the defaults, and the time of its looks", () => {
    const takeover = longestTakeover(readDefaults());
    expect(takeover).toBe(23_000);
    expect(takeover + LOOKS_MS).toBeLessThanOrEqual(PROMISE_MS);
  });

  test("does so also where its clock is off, so that it comes back as late as it ever does", () => {
    const { leaseMs, writeMs } = readDefaults();
    expect(leaseMs + writeMs + HELD_LEASE_MS + POLL_MS).toBeLessThanOrEqual(PROMISE_MS);
  });

  test("waits as long for a command as for a daemon", () => {
    expect(readDefaults()).toEqual({ leaseMs: LEASE_MS, writeMs: DEFAULT_WRITE_TIMEOUT_MS });
  });

  test.each([
    [{ timeout: LONG }, 45_000],
    [{ write_timeout: "4s" }, 4_000],
    [{ timeout: LONG, write_timeout: "4s" }, 4_000],
  ])("waits for writes of %o for %i ms", (plane, writeMs) => {
    expect(readDefaults(plane).writeMs).toBe(writeMs);
  });
});

describe("a pass that finds the lease of its target held", () => {
  const held = { outcome: { kind: "cancelled", message: "", report: null }, failures: 0, random: 0 } as const;

  test.each([
    [1_200, 1_200],
    [0, 0],
    [22_000, HELD_LEASE_MS],
    [null, HELD_LEASE_MS],
  ])("comes back when it is free, in %s ms, and after a while at most: %i ms", (retryAfterMs, wake) => {
    expect(nextWakeMs({ ...held, retryAfterMs, now: "2026-11-05T10:00:00.000Z" })).toBe(wake);
  });
});
