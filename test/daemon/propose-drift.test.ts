import { describe, expect, onTestFinished, test } from "vitest";
import type { ForgeServer, KeptRequest } from "../pull-requests/forge/forge-server.ts";
import { startGiteaServer } from "../pull-requests/forge/gitea-server.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { HOOK_SECRET } from "./deliver-push.ts";
import { FILES, queue } from "./manifests.ts";
import {
  type DaemonWorld,
  openDaemonWorld,
  pollOften,
  type RunningDaemon,
  type Settings,
} from "./open-daemon-world.ts";
import { moveByHand } from "./open-other-hands.ts";
import { readWrites } from "./read-writes.ts";

const BRANCH = "poolkeeper/drift-prod";
const ANY = `# Everything goes here.\n${queue("any", 1).replace("run_concurrency: 1", "run_concurrency: 1 # one by one")}`;

interface DriftWorld {
  readonly world: DaemonWorld & { readonly first: string };
  readonly forge: ForgeServer;
  readonly daemon: RunningDaemon;
  /** Another daemon in the place of one that ended. */
  readonly start: (drift?: object) => Promise<RunningDaemon>;
  /** Changes `queue.any` past the repository. */
  readonly tune: (value: number) => Promise<void>;
  /** The text of a file on the branch of the request. */
  readonly read: (path: string) => string;
  readonly untilProposed: (is: (request: KeptRequest) => boolean) => Promise<KeptRequest>;
  /** Tells the forge of what was pushed, as its own git would. */
  readonly follow: (daemon: RunningDaemon, number: number) => Promise<string>;
}

/** A daemon that proposes drift and has applied everything. */
async function openProposing(drift: object = {}): Promise<DriftWorld> {
  const forge = await startGiteaServer();
  onTestFinished(() => forge.close());
  const world = await openDaemonWorld({ ...FILES, "queues/any.yaml": ANY });
  world.env.FORGE_TOKEN = forge.token;
  const { url, repository } = forge;
  const settings: Settings = {
    drift: { action: "propose", sightings: 2, ...drift },
    repository: {
      webhook: { forge: "gitea", secret: { env: "HOOK_SECRET" } },
      pull_requests: { forge: "gitea", url, repository, token: { env: "FORGE_TOKEN" } },
    },
  };
  const start = (changed: object = {}) =>
    world.start({ ...settings, drift: { ...settings.drift, ...changed } }, pollOften);
  const daemon = await start();
  await daemon.untilApplied(world.first);
  const tell = () =>
    JSON.stringify([
      forge.requests(),
      forge.calls().slice(-10),
      world.log.slice(-20).map((line) => line.slice(0, 600)),
    ]);
  return {
    ...{ world, forge, daemon, start },
    tune: (value) =>
      world.post("/mutate", {
        ...{ op: "set", kind: "queue", name: "any", path: "run_concurrency", value, by: "night.shift@example.com" },
      }),
    read: (path) => `${world.repository.ask("show", `${BRANCH}:${path}`)}\n`,
    untilProposed: async (is) => {
      const find = () => forge.requests().find((request) => request.branch === BRANCH && is(request));
      await waitFor(() => find() !== undefined, tell);
      const found = find();
      if (found === undefined) throw new Error("It was there a moment ago.");
      return found;
    },
    follow: async ({ url: address }, number) => {
      const sha = world.repository.ask("rev-parse", `refs/heads/${BRANCH}`);
      world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
      forge.changeRequest(number, { sha });
      await forge.deliver(`${address}/webhooks/prod`, HOOK_SECRET, { kind: "request", number, action: "pushed" });
      return sha;
    },
  };
}

function saidOf(forge: ForgeServer, number: number): string {
  return forge
    .comments(number)
    .filter(({ author }) => author === forge.self)
    .map(({ body }) => body)
    .join("\n");
}

/** Waits until requests were looked at so often from now on. */
async function untilLookedAt({ log }: DaemonWorld, times: number): Promise<void> {
  const count = () => log.filter((line) => line.includes("Pull requests reviewed.")).length;
  const before = count();
  await waitFor(
    () => count() >= before + times,
    () => log.slice(-5).join(""),
  );
}

describe("what is changed outside", () => {
  test("is proposed as one request that keeps comments, and its merge ends the drift without a write", async () => {
    const { world, forge, daemon, tune, read, untilProposed, follow } = await openProposing();
    await tune(9);
    const before = readWrites(world.served.model).length;
    const request = await untilProposed(() => true);
    expect(request).toMatchObject({ author: forge.self, base: "main", state: "open" });
    expect(request.title).toContain("queue.any");
    expect(request.body).toContain("`night.shift@example.com`");
    expect(request.body).toContain("- run_concurrency: 1\n+ run_concurrency: 9");
    expect(read("queues/any.yaml")).toBe(ANY.replace("run_concurrency: 1", "run_concurrency: 9"));
    expect(world.repository.ask("diff", "--name-only", "main", BRANCH)).toBe("queues/any.yaml");
    const sha = await follow(daemon, request.number);
    await waitFor(
      () => forge.statuses(sha).some(({ context, state }) => context === "poolkeeper/plan" && state === "success"),
      () => JSON.stringify(forge.statuses(sha)),
    );
    expect(saidOf(forge, request.number)).not.toContain("run_concurrency");
    const commit = world.repository.merge(sha);
    forge.merge(request.number, "mona", commit);
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
    const { drift_since } = await daemon.untilState("Synced", commit);
    expect(drift_since).toBeNull();
    expect(readWrites(world.served.model).length).toBe(before);
    expect(forge.requests().filter(({ branch }) => branch === BRANCH)).toHaveLength(1);
    expect(forge.unknown()).toEqual([]);
  });

  test("again is brought up to date in the same request, also by a daemon that was started anew", async () => {
    const { world, forge, daemon, start, tune, read, untilProposed, follow } = await openProposing();
    await tune(9);
    const { number } = await untilProposed(() => true);
    await follow(daemon, number);
    await daemon.until(({ audit }) => audit.some(({ action }) => action === "propose"));
    await daemon.daemon.stop();
    const second = await start();
    await tune(7);
    await untilProposed(({ body }) => body.includes("+ run_concurrency: 7"));
    await waitFor(
      () => read("queues/any.yaml") === ANY.replace("run_concurrency: 1", "run_concurrency: 7"),
      () => read("queues/any.yaml"),
    );
    await follow(second, number);
    const pushed = await second.push({ "README.md": "Words." });
    await second.untilState("OutOfSync", pushed);
    await untilLookedAt(world, 3);
    // What moves beside it is no reason to push again.
    expect(world.repository.ask("merge-base", "main", BRANCH)).toBe(world.first);
    expect(forge.requests().map((request) => [request.number, request.branch])).toEqual([[number, BRANCH]]);
    expect(forge.calls().filter(({ method, path }) => method === "POST" && /\/pulls$/.test(path))).toHaveLength(1);
    await second.until(({ audit }) => audit.filter(({ action }) => action === "propose").length >= 2);
    expect((await second.target()).audit.filter(({ action }) => action === "propose")).toHaveLength(2);
  });

  test("is opened once though the forge's answer was lost", async () => {
    const { forge, daemon, tune, untilProposed } = await openProposing();
    forge.fault({ kind: "cut_after" }, { call: /^POST .*\/pulls$/ });
    await tune(9);
    await untilProposed(() => true);
    await daemon.daemon.stop();
    expect(forge.requests()).toHaveLength(1);
  });

  test("is not proposed again once somebody closed it, until something else is changed", async () => {
    const { world, forge, daemon, tune, untilProposed, start } = await openProposing();
    await tune(9);
    const { number } = await untilProposed(() => true);
    await daemon.until(({ audit }) => audit.some(({ action }) => action === "propose"));
    forge.changeRequest(number, { state: "closed" });
    await daemon.daemon.stop();
    const second = await start();
    await untilLookedAt(world, 3);
    expect(forge.requests()).toHaveLength(1);
    await tune(7);
    await untilProposed((request) => request.number !== number);
    await second.daemon.stop();
  });

  test.each([0, 1])(
    "is proposed again where the forge was restored from a backup of before, with %i other requests since",
    async (others) => {
      const { world, forge, daemon, tune, untilProposed, start } = await openProposing();
      await tune(9);
      await untilProposed(() => true);
      await daemon.until(({ audit }) => audit.some(({ action }) => action === "propose"));
      await daemon.daemon.stop();
      await forge.close();
      const next = await startGiteaServer({ port: Number(new URL(forge.url).port), later: 3_600_000 });
      onTestFinished(() => next.close());
      for (let count = 0; count < others; count++) {
        const sha = world.repository.push({ "README.md": "Other.\n" }, { branch: "other", from: "main" });
        next.openRequest({ title: "other", author: "mona", branch: "other", base: "main", sha });
      }
      const second = await start();
      await waitFor(
        () => next.requests().some(({ branch, state }) => branch === BRANCH && state === "open"),
        () => JSON.stringify([next.requests(), world.log.slice(-10)]),
      );
      await second.daemon.stop();
    },
  );

  test("and back again leaves a request that says so, and pushes nothing", async () => {
    const { world, daemon, tune, untilProposed, follow } = await openProposing();
    await tune(9);
    const { number } = await untilProposed(() => true);
    const sha = await follow(daemon, number);
    await tune(1);
    const { state } = await untilProposed(({ body }) => body.includes("nothing is left to merge"));
    expect([state, world.repository.ask("rev-parse", BRANCH)]).toEqual(["open", sha]);
  });

  test("is not pushed over what others put on the branch, and requests are reviewed all the same", async () => {
    const { world, forge, daemon, tune, untilProposed, follow } = await openProposing();
    await tune(9);
    const { number } = await untilProposed(() => true);
    await follow(daemon, number);
    const own = world.repository.push({ "queues/any.yaml": `${ANY}# Mine.\n` }, { branch: "hand", from: "main" });
    world.repository.ask("update-ref", `refs/heads/${BRANCH}`, own);
    await follow(daemon, number);
    await tune(7);
    await waitFor(
      () => world.log.some((line) => line.includes("has other authors' commits")),
      () => world.log.slice(-5).join(""),
    );
    expect(world.repository.ask("rev-parse", BRANCH)).toBe(own);
    await waitFor(
      () => forge.statuses(own).some(({ context }) => context === "poolkeeper/plan"),
      () => JSON.stringify(forge.statuses(own)),
    );
  });

  test("is proposed of the kinds that are configured so, and the others are reported", async () => {
    const { forge, daemon, tune } = await openProposing({ action: "report", kinds: { cluster: "propose" } });
    await tune(9);
    const { last_pass: before } = await daemon.until(({ drifted }) => drifted.length > 0);
    await daemon.until(({ last_pass }) => last_pass?.id !== before?.id);
    expect(forge.requests()).toEqual([]);
  });

  test("by a move is written as the other pool, and what can't be written is told", async () => {
    const { world, read, tune, untilProposed } = await openProposing();
    await moveByHand(world, "c1", "pb");
    await tune(9);
    const both = await untilProposed(({ body }) => body.includes("cluster.c1") && body.includes("queue.any"));
    expect(both.title).toContain("2 objects");
    await waitFor(
      () => read("clusters/c1.yaml") === "name: c1\npool: pb\n",
      () => read("clusters/c1.yaml"),
    );
  });
});
