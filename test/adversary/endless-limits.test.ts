/**
 * The attacker is a server of one target, or one before it: it asks to be left alone for as long as it likes. No timer and no date of the daemon gets that
 * number: it is asked again within an hour.
 */
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/apply/clock.ts";
import { postMessage } from "../../src/daemon/notify/post-message.ts";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";
import { openForge } from "../../src/pull-requests/forge/open-forge.ts";
import { monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open as openControlPlane } from "../systems/control-plane/fixtures/open.ts";
import { serve } from "../systems/control-plane/fixtures/serve.ts";
import { open as openFlyteadmin } from "../systems/flyteadmin/fixtures/open.ts";

const HOUR_MS = 3_600_000;
const SECONDS = [
  ["ten digits", "9999999999"],
  ["fourteen digits", "99999999999999"],
  ["more digits than a number has", "9".repeat(400)],
] as const;
const DATE = ["a date", "Fri, 31 Dec 9999 23:59:59 GMT"] as const;

/** How long a client waits whose every call is answered so. */
type Wait = (url: string) => Promise<number | null>;

const forge =
  (kind: ForgeKind): Wait =>
  async (url) => {
    const access = { kind: "token", token: () => "a-token-of-the-bot" } as const;
    const opened = await openForge({ kind, url, repository: "acme/pools", access, timeoutMs: PATIENCE_MS, ca: null });
    onTestFinished(() => opened.close());
    return (await failureOf(opened.readSelf())).retryAfterMs;
  };

const FORGES = ["github", "gitlab", "gitea"] as const;

const CLIENTS: Readonly<Record<string, Wait>> = {
  ...Object.fromEntries(FORGES.map((kind) => [kind, forge(kind)])),
  "a control plane": async (endpoint) =>
    (await failureOf(openControlPlane({ endpoint }, { retries: 0 }).reader.getQueue("q"))).retryAfterMs,
  flyteadmin: async (endpoint) =>
    (await failureOf(openFlyteadmin({ endpoint }, { retries: 0 }).reader.listProjects())).retryAfterMs,
  "a receiver of notifications": async (url) => {
    const http = new Agent();
    onTestFinished(() => http.destroy());
    const options = { http, timeout_ms: PATIENCE_MS, redact: (text: string) => text, now: Date.now() };
    const result = await postMessage({ url, headers: {}, body: "{}" }, options);
    return result.kind === "deferred" ? result.retry_after_ms : null;
  },
};

/** What is used up, and when it is given again. */
const LIMITS = ["x-ratelimit", "ratelimit"];

/** How long a client waits that gets these headers with each refusal. */
async function answer(wait: Wait, headers: Readonly<Record<string, string>>): Promise<number | null> {
  const port = await serve((_request, response) => void response.writeHead(429, headers).end("{}"));
  return wait(`http://127.0.0.1:${port}`);
}

describe.each(Object.entries(CLIENTS))("%s", (_name, wait) => {
  test.each([...SECONDS, DATE])("that asks for %s is left alone for an hour", async (_length, value) => {
    expect(await answer(wait, { "retry-after": value })).toBe(HOUR_MS);
  });
});

describe.each(FORGES)("%s", (kind) => {
  test.each(SECONDS)("whose limit ends at %s is left alone for an hour", async (_length, value) => {
    const headers = LIMITS.flatMap((limit) => [
      [`${limit}-remaining`, "0"] as const,
      [`${limit}-reset`, value] as const,
    ]);
    expect(await answer(forge(kind), Object.fromEntries(headers))).toBe(HOUR_MS);
  });
});

describe.each(Object.entries({ monotonicClock, systemClock }))("a sleep by the %s", (_name, clock) => {
  test.each([2 ** 31, 9_999_999_999_000, Number.POSITIVE_INFINITY])(
    "of %d ms is no sleep of one",
    async (milliseconds) => {
      const warnings: string[] = [];
      const note = ({ name }: Error) => void warnings.push(name);
      process.on("warning", note);
      onTestFinished(() => void process.off("warning", note));
      const ended = new AbortController();
      const slept = clock.sleep(milliseconds, ended.signal);
      // Node says in its next turn that a number fits into no timer.
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      ended.abort();
      await slept;
      expect(warnings).toEqual([]);
    },
  );
});
