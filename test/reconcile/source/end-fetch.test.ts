import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { listProcesses } from "../../set-up/list-processes.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import type { Misbehaviour } from "../../set-up/serve-git.ts";
import { openSourceWorld } from "./source-world.ts";

/** Text that no compression makes smaller. */
const randomText = () => randomBytes(3_000).toString("hex");

test.each<Misbehaviour>([{ kind: "silent" }, { kind: "stall", afterBytes: 600 }])(
  "a fetch from a server that goes quiet ends with its signal, without a process or a lock left: %j",
  async (how) => {
    const { repository, mirrors, open, serve } = openSourceWorld();
    const { server, url } = await serve();
    repository.push({ "a.yaml": randomText() });
    const ending = new AbortController();
    const source = await open({ url, timeout_ms: PATIENCE_MS }, { signal: ending.signal });
    await source.fetch();
    repository.push({ "a.yaml": randomText() });
    server.misbehave(how);
    const asked = server.requests.length;
    const fetching = expect(source.fetch()).rejects.toMatchObject({ name: "OperationalError" });
    await expect.poll(() => server.requests.length).toBeGreaterThan(asked);
    ending.abort();
    await fetching;
    expect(listProcesses(url)).toEqual([]);
    const left = readdirSync(mirrors, { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => name.endsWith(".lock"))).toEqual([]);
    server.misbehave(null);
    const id = repository.push({ "a.yaml": "1" });
    expect((await (await open({ url })).fetch()).id).toBe(id);
  },
);

test("a source that is closed ends what runs", async () => {
  const { repository, open, serve } = openSourceWorld();
  const { server, url } = await serve();
  repository.push({ "a.yaml": "1" });
  server.misbehave({ kind: "silent" });
  const source = await open({ url });
  const fetching = expect(source.fetch()).rejects.toMatchObject({ code: "source_unreachable", next: "stop" });
  await expect.poll(() => server.requests.length).toBe(1);
  await source.close();
  await fetching;
});
