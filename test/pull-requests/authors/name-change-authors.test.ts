import { expect, test } from "vitest";
import { AUTHORS_RULE } from "../../../src/model/reviews/change-authors.ts";
import { joinChangeAuthors, nameChangeAuthors } from "../../../src/pull-requests/authors/name-change-authors.ts";
import type { RequestOrigin } from "../../../src/pull-requests/forge/forge.ts";
import { judgeOwn } from "../../../src/pull-requests/review/judge-own.ts";

const HEAD = { sha: "a".repeat(40), branch: "more", fork: false, repository: "acme/pools" };
const REQUEST = { author: "mona", head: HEAD, updated_at: "2026-01-01T00:00:00.000Z" };
const AT = "2026-01-02T00:00:00.000Z";
const [OWN, PUSHED] = ["b".repeat(40), "c".repeat(40)];

function name(given: Partial<RequestOrigin>, own: readonly string[] = [], isOurs = false) {
  const commits = [{ sha: HEAD.sha, author: "mona", committer: "mona" }];
  return nameChangeAuthors(
    REQUEST,
    { commits, pushes: [], missing: null, ...given },
    { own: new Set(own), isOurs, at: AT },
  );
}

test("a change is of who opened it, wrote it, committed it and pushed it, each once in any spelling", () => {
  const commits = [{ sha: HEAD.sha, author: "Mona", committer: "will" }];
  expect(name({ commits, committers: ["Will"], pushes: [{ login: "eve", sha: PUSHED }] })).toEqual({
    ...{ rule: AUTHORS_RULE, head: HEAD.sha, moved: REQUEST.updated_at, at: AT },
    logins: ["mona", "will", "eve"],
  });
});

test("commits and pushes of the daemon are of no one, and need no account", () => {
  const commits = [
    { sha: OWN, author: null, committer: null },
    { sha: HEAD.sha, author: "will", committer: "will" },
  ];
  const found = name({ commits, pushes: [{ login: "machine", sha: OWN }] }, [OWN]);
  expect(found).toMatchObject({ logins: ["mona", "will"] });
  expect(found).not.toHaveProperty("unknown");
});

test("no user stands for what a request of the daemon had when it was opened", () => {
  expect(name({}, [], true).unknown).toMatch(/who pushed/);
  expect(name({}, [HEAD.sha], true)).not.toHaveProperty("unknown");
  expect(name({ pushes: [{ login: "eve", sha: null }] }, [], true)).not.toHaveProperty("unknown");
});

test.each<readonly [string, Partial<RequestOrigin>, RegExp]>([
  [
    "an author",
    { commits: [{ sha: HEAD.sha, author: null, committer: "mona" }] },
    /account for the author of commit a{12};/,
  ],
  ["a committer", { commits: [{ sha: HEAD.sha, author: "mona", committer: null }] }, /account for the committer/],
  ["the newest commit", { commits: [] }, /does not list its newest commit a{12} yet/],
  ["a pusher", { pushes: [{ login: null, sha: null }] }, /who pushed/],
  ["the rest of a list", { missing: "it was cut" }, /^it was cut$/],
])("it is unknown whose it is where %s is missing", (_what, given, words) => {
  const found = name(given);
  expect(found.unknown).toMatch(words);
  expect(judgeOwn({ author: "mona", authors: found }, "boss").kind).toBe("unknown");
  expect(judgeOwn({ author: "mona", authors: found }, "Mona")).toEqual({ kind: "own", opened: true });
});

test("what was known of a commit stays known, and of another commit nothing is taken over", () => {
  const former = name({ pushes: [{ login: "eve", sha: null }] });
  const now = name({ missing: "the branch is gone" });
  expect(joinChangeAuthors(former, now)).toEqual({ ...now, logins: ["mona", "eve"], unknown: undefined });
  expect(joinChangeAuthors({ ...former, head: PUSHED }, now)).toBe(now);
  expect(joinChangeAuthors(now, former)).not.toHaveProperty("unknown");
});

test("what was recorded by a former rule says of no one that they did not make it, and only adds to what is asked now", () => {
  const now = name({ missing: "it was cut" });
  const { rule: _none, ...first } = name({ pushes: [{ login: "eve", sha: null }] });
  for (const former of [first, { ...first, rule: 1 }]) {
    expect(judgeOwn({ author: "mona", authors: former }, "boss")).toEqual({ kind: "unasked" });
    expect(judgeOwn({ author: "mona", authors: former }, "eve")).toEqual({ kind: "own", opened: false });
    expect(joinChangeAuthors(former, now)).toEqual({ ...now, logins: ["mona", "eve"] });
    const doubted = { ...former, unknown: "it was cut" };
    expect(joinChangeAuthors(doubted, name({}))).not.toHaveProperty("unknown");
  }
});

test("what was asked of another commit, or not at all, says nothing", () => {
  const authors = name({});
  expect(judgeOwn({ author: "mona", authors }, "boss", HEAD.sha)).toEqual({ kind: "foreign" });
  expect(judgeOwn({ author: "mona", authors }, "boss", PUSHED)).toEqual({ kind: "unasked" });
  expect(judgeOwn({ author: "mona" }, "boss")).toEqual({ kind: "unasked" });
});
