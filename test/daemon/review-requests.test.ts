import { describe, expect, onTestFinished, test } from "vitest";
import type { ForgeServer } from "../forge/forge-server.ts";
import { startGiteaServer } from "../forge/gitea-server.ts";
import { startGithubServer } from "../forge/github-server.ts";
import { startGitlabServer } from "../forge/gitlab-server.ts";
import { HOOK_SECRET } from "./deliver-push.ts";
import { type Files, MOVE, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";
import { waitFor } from "./talk-to-daemon.ts";

const FORGES = { github: startGithubServer, gitlab: startGitlabServer, gitea: startGiteaServer } as const;
type Kind = keyof typeof FORGES;

interface ForgedWorld {
  readonly world: DaemonWorld & { readonly first: string };
  readonly forge: ForgeServer;
  readonly daemon: RunningDaemon;
  /** Opens a request of a branch with these files; gives its number. */
  readonly propose: (branch: string, files: Files, more?: { readonly author?: string }) => Promise<number>;
  /** Merges it as a forge does, and tells the daemon; gives the commit. */
  readonly merge: (number: number, branch: string, by: string) => Promise<string>;
  /** The daemon's comment on the target `prod`; "" where there is none. */
  readonly comment: (number: number) => string;
  readonly status: (sha: string, which: "plan" | "apply") => string;
  readonly untilSaid: (number: number, text: string | RegExp) => Promise<void>;
  readonly say: (number: number, author: string, body: string) => Promise<string>;
}

/** A daemon that has applied everything, with a forge beside its repository. */
async function openForged(kind: Kind, requests: object = {}): Promise<ForgedWorld> {
  const forge = await FORGES[kind]();
  onTestFinished(() => forge.close());
  const world = await openDaemonWorld();
  world.env.FORGE_TOKEN = forge.token;
  const { url, repository } = forge;
  const daemon = await world.start({
    repository: {
      webhook: { forge: kind, secret: { env: "HOOK_SECRET" } },
      pull_requests: { forge: kind, url, repository, token: { env: "FORGE_TOKEN" }, ...requests },
    },
  });
  await daemon.untilApplied(world.first);
  forge.allow("mona", "write");
  const hook = `${daemon.url}/webhooks/prod`;
  const comment = (number: number) =>
    forge
      .comments(number)
      .filter(({ author, body }) => author === forge.self && body.startsWith("<!-- poolkeeper:prod -->"))
      .map(({ body }) => body)
      .join("\n=====\n");
  return {
    ...{ world, forge, daemon, comment },
    propose: async (branch, files, { author = "mona" } = {}) => {
      const sha = world.repository.push(files, { branch, from: "main" });
      const number = forge.openRequest({ title: branch, author, branch, base: "main", sha });
      const ref = kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
      world.repository.ask("update-ref", ref, sha);
      await forge.deliver(hook, HOOK_SECRET, { kind: "request", number, action: "opened" });
      return number;
    },
    merge: async (number, branch, by) => {
      world.repository.work("checkout", "--quiet", "main");
      world.repository.work("merge", "--quiet", "--no-ff", `--message=Merge ${branch}`, branch);
      const commit = world.repository.work("rev-parse", "HEAD");
      world.repository.ask("update-ref", "refs/heads/main", commit);
      forge.merge(number, by, commit);
      await forge.deliver(hook, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
      return commit;
    },
    status: (sha, which) => {
      const found = forge.statuses(sha).find(({ context }) => context === `poolkeeper/${which}`);
      return found === undefined ? "" : `${found.state}: ${found.description}`;
    },
    untilSaid: (number, text) =>
      waitFor(
        () => (typeof text === "string" ? comment(number).includes(text) : text.test(comment(number))),
        () =>
          `The comment is: ${comment(number)}\n${world.log.slice(-20).join("")}\n${JSON.stringify(forge.calls().slice(-20))}`,
      ),
    say: async (number, author, body) => {
      const id = forge.comment(number, author, body);
      await forge.deliver(hook, HOOK_SECRET, { kind: "comment", number, comment: id });
      return id;
    },
  };
}

describe.each(Object.keys(FORGES) as Kind[])("a request on %s", (kind) => {
  test("is planned, approved by its merge, and applied", async () => {
    const { world, forge, daemon, propose, merge, status, untilSaid, comment } = await openForged(kind);
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    const { sha = "" } = forge.requests().find((request) => request.number === number) ?? {};
    await waitFor(
      () => status(sha, "apply") !== "",
      () => JSON.stringify(forge.statuses(sha)),
    );
    expect(status(sha, "plan")).toMatch(/^success: /);
    expect(status(sha, "apply")).toBe("success: applied after the merge");
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
    const commit = await merge(number, "move-c1", "mona");
    const { applied, audit } = await daemon.untilApplied(commit);
    expect(applied[0]?.approval).not.toBeNull();
    expect(audit.find(({ action }) => action === "approve")).toMatchObject({ who: "mona", via: kind });
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
    await waitFor(
      () => status(sha, "apply").startsWith("success: applied"),
      () => JSON.stringify(forge.statuses(sha)),
    );
    expect(comment(number).split("\n=====\n")).toHaveLength(1);
    expect(forge.unknown()).toEqual([]);
  });
});

describe("a request", () => {
  test("that touches nothing of the target gets a status and no comment", async () => {
    const { forge, propose, status, comment } = await openForged("gitea");
    const number = await propose("readme", { "README.md": "# Nothing\n" });
    const { sha = "" } = forge.requests().find((request) => request.number === number) ?? {};
    await waitFor(
      () => status(sha, "plan") !== "",
      () => JSON.stringify(forge.calls()),
    );
    expect(comment(number)).toBe("");
  });

  test("whose approval is explicit waits for the command of somebody else than its author", async () => {
    const { world, daemon, propose, merge, untilSaid, say, forge, status } = await openForged("gitea", {
      ...{ approval: "explicit", self_approval: false },
    });
    forge.allow("hubot", "write");
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "poolkeeper approve");
    const { sha = "" } = forge.requests().find((request) => request.number === number) ?? {};
    await waitFor(
      () => status(sha, "apply").startsWith("pending"),
      () => JSON.stringify(forge.statuses(sha)),
    );
    const digest = /poolkeeper approve ([0-9a-f]{12})/.exec(forge.comments(number)[0]?.body ?? "")?.[1] ?? "";
    const own = await say(number, "mona", `poolkeeper approve ${digest}`);
    await waitFor(
      () => forge.reactions(number, own).includes("-1"),
      () => JSON.stringify(forge.comments(number)),
    );
    const stranger = await say(number, "stranger", `poolkeeper approve ${digest}`);
    await waitFor(
      () => forge.reactions(number, stranger).includes("-1"),
      () => "not refused",
    );
    const given = await say(number, "hubot", `poolkeeper approve ${digest}`);
    await waitFor(
      () => forge.reactions(number, given).includes("+1"),
      () => JSON.stringify(forge.comments(number)),
    );
    await waitFor(
      () => status(sha, "apply").startsWith("success"),
      () => JSON.stringify(forge.statuses(sha)),
    );
    const commit = await merge(number, "move-c1", "mona");
    const { audit } = await daemon.untilApplied(commit);
    expect(audit.filter(({ action, via }) => action === "approve" && via === "gitea").at(0)).toMatchObject({
      who: "hubot",
    });
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
  });

  test("with a new head loses its plan, and one that is invalid says where", async () => {
    const { world, forge, propose, untilSaid, status } = await openForged("gitea");
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(number, "queue.any");
    const sha = world.repository.push({ "queues/any.yaml": "name: any\n" }, { branch: "change" });
    world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
    forge.changeRequest(number, { sha });
    await untilSaid(number, "queues/any.yaml:1");
    await waitFor(
      () => status(sha, "plan").startsWith("failure"),
      () => JSON.stringify(forge.statuses(sha)),
    );
  });
});
