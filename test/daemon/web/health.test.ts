import { afterAll, describe, expect, test } from "vitest";
import { ask, askJson } from "./ask.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { bearer, serveFake } from "./serve-fake.ts";

const servers: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serve(
  options: {
    problems?: readonly string[];
    read?: "open" | "token";
    requests_per_minute?: number;
    trusted_proxies?: string[];
  } = {},
) {
  const { problems = [], ...http } = options;
  const service = createFakeService({ targets: buildWorld(), problems });
  const served = await serveFake(service, http);
  servers.push(served);
  return { ...served, service };
}

describe("health", () => {
  test("the process answers with its version", async () => {
    const { url } = await serve();
    expect((await askJson(`${url}/healthz`)).body).toEqual({ status: "ok", version: "1.2.3" });
  });

  test("a service that is ready says so", async () => {
    const { url } = await serve();
    const { status, body } = await askJson(`${url}/readyz`);
    expect([status, body]).toEqual([200, { ready: true, problems: [] }]);
  });

  test("one that is not ready answers 503 and tells the problems to those who may read", async () => {
    const problems = ["The store does not answer."];
    const open = await serve({ problems });
    const told = await askJson(`${open.url}/readyz`);
    expect([told.status, told.body]).toEqual([503, { ready: false, problems }]);
    const closed = await serve({ problems, read: "token" });
    const unreported = await askJson(`${closed.url}/readyz`);
    expect([unreported.status, unreported.body]).toEqual([503, { ready: false, problems: [] }]);
    expect((await askJson(`${closed.url}/readyz`, { headers: bearer("read") })).body.problems).toEqual(problems);
  });

  test("probes are not limited, everything else is, with a word of when to come back", async () => {
    const { url } = await serve({ requests_per_minute: 3 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await ask(`${url}/api/v1/targets`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const { body, headers } = await askJson(`${url}/nothing`);
    expect(body.error.code).toBe("rate_limited");
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    expect((await ask(`${url}/readyz`)).status).toBe(200);
  });

  test("an address that a request claims counts for nothing", async () => {
    const { url } = await serve({ requests_per_minute: 2 });
    const from = (address: string) => ask(`${url}/metrics`, { headers: { "x-forwarded-for": address } });
    const statuses = [await from("10.0.0.1"), await from("10.0.0.2"), await from("10.0.0.3")];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  test("an address that a trusted proxy tells is the caller's", async () => {
    const { url } = await serve({ requests_per_minute: 1, trusted_proxies: ["127.0.0.1"] });
    const from = (address: string) => ask(`${url}/metrics`, { headers: { "x-forwarded-for": address } });
    const statuses = [await from("10.0.0.1"), await from("10.0.0.2"), await from("10.0.0.1")];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  test("metrics are served as Prometheus reads them, our own requests by route", async () => {
    const { url } = await serve();
    await ask(`${url}/api/v1/targets/production`);
    const { text, headers } = await ask(`${url}/metrics`);
    expect(headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(text).toContain('route="/api/v1/targets/:name",status="200"');
    expect(text).not.toContain('route="/api/v1/targets/production"');
  });
});
