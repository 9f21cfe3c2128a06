import { expect, onTestFinished, test } from "vitest";
import type { Forge } from "../../../src/pull-requests/forge/forge.ts";
import { openGithub } from "../../../src/pull-requests/forge/github.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import type { KeptCommit } from "./forge-server.ts";
import { REQUEST, sha } from "./forge-subject.ts";
import { type GithubServer, type GithubServerOptions, startGithubServer } from "./github-server.ts";

/** What a branch is at before it is created, and after it is deleted. */
const NOTHING = sha("0");

/** Opens a request whose branch was moved like that, oldest first. */
async function open(commits: readonly KeptCommit[], options: GithubServerOptions & { readonly fork?: string } = {}) {
  const { fork, ...started } = options;
  const server: GithubServer = await startGithubServer(started);
  onTestFinished(() => server.close());
  const access = { kind: "token", token: () => server.token } as const;
  const about = { kind: "github", url: server.url, repository: server.repository, access } as const;
  const forge: Forge = openGithub({ ...about, timeoutMs: PATIENCE_MS, ca: null });
  onTestFinished(() => forge.close());
  const head = commits.findLast(({ shown }) => shown !== "push")?.sha ?? "";
  const number = server.openRequest({ ...REQUEST, sha: head, commits, ...(fork === undefined ? {} : { fork }) });
  return { server, read: () => forge.readOrigin(number) };
}

function push(pusher: string, before: string, after: string, shown?: KeptCommit["shown"]): KeptCommit {
  return { sha: after, author: "mona", committer: "mona", pusher, before, ...(shown === undefined ? {} : { shown }) };
}

/** A number as the name of a commit. */
const commit = (number: number) => number.toString(16).padStart(40, "f");

test.each([undefined, "stranger/pools"])(
  "who pushed is read from every page of the activity, of a fork as well (%s)",
  async (fork) => {
    const moves = [
      push("eve", NOTHING, sha("a")),
      push("mona", sha("a"), sha("9"), "push"),
      push("mona", sha("9"), sha("b")),
      push("mona", sha("b"), sha("c")),
    ];
    const { read, server } = await open(moves, { pageLimit: 2, ...(fork === undefined ? {} : { fork }) });
    const { pushes, missing } = await read();
    expect(pushes).toContainEqual({ login: "eve", sha: sha("a") });
    expect(missing).toBeNull();
    expect(server.unknown()).toEqual([]);
  },
);

test("past a thousand moves it is unknown who else pushed, though each that is known follows from another one", async () => {
  const away = Array.from({ length: 1000 }, (_nothing, at) => push("eve", commit(at), commit(at + 1), "push"));
  const [first, last] = [push("eve", NOTHING, sha("a")), push("mona", commit(1000), sha("b"))];
  const { read, server } = await open([first, push("eve", sha("a"), commit(0), "push"), ...away, last]);
  const { pushes, missing } = await read();
  expect(pushes).toEqual([{ login: "mona", sha: sha("b") }]);
  expect(missing).toMatch(
    /^its branch was pushed to more often than GitHub is asked for.*; open the request from a new branch$/,
  );
  expect(server.calls().filter(({ path }) => path.includes("/activity"))).toHaveLength(10);
});

test("a thousand moves are known in full", async () => {
  const away = Array.from({ length: 998 }, (_nothing, at) => push("mona", commit(at), commit(at + 1), "push"));
  const [first, last] = [push("mona", NOTHING, commit(0), "push"), push("mona", commit(998), sha("b"))];
  expect(await (await open([first, ...away, last])).read()).toMatchObject({ missing: null });
});

test("of a branch that was deleted and created again, who pushed before counts as well", async () => {
  const moves = [
    push("eve", NOTHING, sha("a")),
    push("mona", sha("a"), NOTHING, "push"),
    push("mona", NOTHING, sha("a"), "push"),
    push("mona", sha("a"), sha("b")),
  ];
  const { pushes, missing } = await (await open(moves)).read();
  expect(new Set(pushes.map(({ login }) => login))).toEqual(new Set(["eve", "mona"]));
  expect(missing).toBeNull();
});

test.each([
  ["deleted", NOTHING],
  ["moved away from it", sha("9")],
])("a commit whose push is not shown is of an unknown user also where the branch was %s since", async (_how, away) => {
  const moves = [
    push("eve", NOTHING, sha("a"), "commit"),
    push("mona", sha("a"), away, "push"),
    push("mona", away, sha("b")),
  ];
  expect((await (await open(moves)).read()).missing).toBe(
    `GitHub does not say who pushed the commit ${"a".repeat(12)}`,
  );
});
