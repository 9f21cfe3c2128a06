import type { LookupAddress, LookupAllOptions } from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { request } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { createDispatcher } from "../../../src/systems/http/create-dispatcher.ts";
import { createLookup } from "../../../src/systems/http/create-lookup.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

const LOOPBACK: LookupAddress = { address: "127.0.0.1", family: 4 };
const LATE = "getaddrinfo EAI_AGAIN";

/** The system's resolver, which answers when the test says so, and a clock that the test moves on. */
function openResolver(places: number) {
  const asked: string[] = [];
  const threads: { readonly host: string; readonly done: (error: Error | null, addresses: LookupAddress[]) => void }[] =
    [];
  let time = 0;
  const lookup = createLookup({
    ask: (host: string, _: LookupAllOptions, done) => {
      asked.push(host);
      threads.push({ host, done });
    },
    countPlaces: () => places,
    now: () => time,
  });
  const take = (host: string) => {
    const [thread] = threads.splice(
      threads.findIndex((one) => one.host === host),
      1,
    );
    return thread?.done;
  };
  return {
    lookup,
    asked,
    running: () => threads.map(({ host }) => host),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    answer: (host: string) => take(host)?.(null, [LOOPBACK]),
    fail: (host: string) => take(host)?.(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }), []),
  };
}

/** Looks up a host as `net.connect` does. */
function find(lookup: LookupFunction, host: string): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  lookup(host, { all: true, hints: 0 }, (error, addresses) => resolve(error?.message ?? addresses));
  return promise;
}

/** Makes hosts slow: each is looked up alone, and fails after the resolver's ten seconds. */
async function slowDown(resolver: ReturnType<typeof openResolver>, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const found = find(resolver.lookup, host);
    resolver.pass(10_000);
    resolver.fail(host);
    expect(await found).toBe("no such host");
  }
}

describe("a lookup", () => {
  test("is made once for all calls while it runs, and again for a later one", async () => {
    const { lookup, asked, answer } = openResolver(2);
    const found = Array.from({ length: 20 }, () => find(lookup, "one.test"));
    answer("one.test");
    expect(await Promise.all(found)).toEqual(found.map(() => [LOOPBACK]));
    expect(asked).toEqual(["one.test"]);
    void find(lookup, "one.test");
    expect(asked).toEqual(["one.test", "one.test"]);
  });

  test("gives the first address where one alone is asked for", async () => {
    const { lookup, answer } = openResolver(2);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    lookup("one.test", {}, (...given) => resolve(given));
    answer("one.test");
    expect(await promise).toEqual([null, "127.0.0.1", 4]);
  });

  test("that hangs for longer than a connection is waited for is not begun again: earlier calls fail, and later ones get what it gives", async () => {
    const { lookup, asked, pass, answer } = openResolver(4);
    const first = find(lookup, "hangs.test");
    pass(10_001);
    const second = find(lookup, "hangs.test");
    expect(await first).toContain(LATE);
    expect(asked).toEqual(["hangs.test"]);
    answer("hangs.test");
    expect(await second).toEqual([LOOPBACK]);
  });

  test("of a host that was slow waits where such hosts have half of the places, and others begin at once", async () => {
    const resolver = openResolver(4);
    const hosts = ["a.test", "b.test", "c.test"];
    await slowDown(resolver, hosts);
    for (const host of hosts) void find(resolver.lookup, host);
    expect(resolver.running()).toEqual(["a.test", "b.test"]);
    const found = find(resolver.lookup, "honest.test");
    resolver.answer("honest.test");
    expect(await found).toEqual([LOOPBACK]);
    resolver.fail("a.test");
    expect(resolver.running()).toEqual(["b.test", "c.test"]);
  });

  test("that answers quickly again makes its host one of the others again", async () => {
    const resolver = openResolver(4);
    await slowDown(resolver, ["a.test", "b.test", "c.test"]);
    void find(resolver.lookup, "c.test");
    resolver.answer("c.test");
    for (const host of ["a.test", "b.test", "c.test"]) void find(resolver.lookup, host);
    expect(resolver.running()).toEqual(["a.test", "b.test", "c.test"]);
  });

  test("waits where all places are taken, and is not begun once no connection waits for it any more", async () => {
    const resolver = openResolver(2);
    for (const host of ["a.test", "b.test"]) void find(resolver.lookup, host);
    const early = find(resolver.lookup, "early.test");
    resolver.pass(10_001);
    const late = find(resolver.lookup, "late.test");
    resolver.fail("a.test");
    expect(await early).toContain(LATE);
    resolver.answer("late.test");
    expect(await late).toEqual([LOOPBACK]);
    expect(resolver.asked).toEqual(["a.test", "b.test", "late.test"]);
  });
});

describe("connections", () => {
  /** A server that answers all calls, as a proxy too. */
  async function serve(): Promise<number> {
    const server = createServer((_, response) => void response.end("done"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }

  const common = { skipVerify: false, timeoutMs: PATIENCE_MS };

  test("that are opened at once to one host look it up once", async () => {
    const [port, { lookup, asked, answer }] = [await serve(), openResolver(4)];
    const proxy = { http: "", https: "", none: "" };
    const dispatcher = createDispatcher({ ...common, hostname: "one.test", proxy, lookup });
    onTestFinished(() => dispatcher.destroy());
    const calls = Array.from({ length: 20 }, () => request(`http://one.test:${port}/`, { dispatcher }));
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    answer("one.test");
    for (const call of calls) expect((await call).statusCode).toBe(200);
    expect(asked).toEqual(["one.test"]);
  });

  test("through a proxy look up the proxy as they do any host", async () => {
    const [port, { lookup, asked, answer }] = [await serve(), openResolver(4)];
    const proxy = { http: `http://proxy.test:${port}`, https: "", none: "" };
    const dispatcher = createDispatcher({ ...common, hostname: "one.test", proxy, lookup });
    onTestFinished(() => dispatcher.destroy());
    const call = request("http://one.test/", { dispatcher }).catch(String);
    await expect.poll(() => asked).toEqual(["proxy.test"]);
    answer("proxy.test");
    await call;
    expect(asked).toEqual(["proxy.test"]);
  });
});
