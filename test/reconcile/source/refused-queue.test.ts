import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { RepositoryConfig } from "../../../src/model/daemon/daemon-config.ts";
import { malform } from "./malform.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

const REVIEWED: Partial<RepositoryConfig> = {
  pull_requests: {
    ...{ forge: "github", url: null, repository: "acme/pools", access: { kind: "token", token: { env: "TOKEN" } } },
    ...{ forks: false, drafts: false, skip_label: "", unplanned: "block", status_name: "poolkeeper" },
    ...{ approval: "merge", self_approval: true, operators: [], unverified_comments: "refuse" },
  },
};

/** The temporary branch of a group. */
function nameGroup(number: number): string {
  return `refs/heads/gh-readonly-queue/main/pr-${number}-${"a".repeat(40)}`;
}

test("GitHub: the branch is fetched beside commits of its queue that git's check refuses, which are not fetched again", async () => {
  const { repository, open, serve } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const { server, url } = await serve();
  const source = await open({ url, ...REVIEWED });
  const queue = (number: number, sha: string) => {
    repository.ask("update-ref", nameGroup(number), sha);
    return { number, sha };
  };
  const { hasDotgit = "", hasDotdot = "" } = malform(repository, base);
  const bad = [queue(2, hasDotgit), queue(3, hasDotdot)];
  const good = queue(1, repository.push({ "b.yaml": "1" }, { ref: "refs/heads/elsewhere" }));
  expect((await source.fetch()).id).toBe(base);
  const proposals = proposalsOf(source);
  const refused = bad.map((commit) => ({ ...commit, refusal: expect.objectContaining({ code: "source_malformed" }) }));
  expect(await proposals.listQueued("github", [])).toEqual([{ ...good, refusal: null }, ...refused]);
  const before = countCalls(server.requests);
  expect((await source.fetch()).id).toBe(base);
  // The lists of the branch and of its queue, and no pack.
  expect(countCalls(server.requests)).toBe(before + 2);
  const next = repository.push({ "c.yaml": "1" });
  for (const { number } of bad) repository.ask("update-ref", "-d", nameGroup(number));
  expect((await source.fetch()).id).toBe(next);
  expect(await proposals.listQueued("github", [])).toEqual([{ ...good, refusal: null }]);
  const mended = queue(2, repository.push({ "d.yaml": "1" }, { ref: "refs/heads/elsewhere" }));
  await source.fetch();
  expect(await proposals.listQueued("github", [])).toEqual([good, mended].map((one) => ({ ...one, refusal: null })));
});

test("GitHub: a commit of the queue that is too large is left out, and takes no room", async () => {
  const { repository, open } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const source = await open({ max_bytes: 1_000_000, ...REVIEWED });
  await source.fetch();
  const large = repository.push(
    { "large.bin": randomBytes(1_500_000) },
    { ref: nameGroup(2), from: "refs/heads/main" },
  );
  for (const _ of [1, 2]) {
    expect((await source.fetch()).id).toBe(base);
    expect(await proposalsOf(source).listQueued("github", [])).toEqual([
      { number: 2, sha: large, refusal: expect.objectContaining({ code: "source_too_large" }) },
    ]);
  }
});

test("GitLab: the cars of a train are fetched beside those that git's check refuses, which are not fetched again", async () => {
  const { repository, open, serve } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const { server, url } = await serve();
  const source = await open({ url });
  await source.fetch();
  const proposals = proposalsOf(source);
  const couple = (number: number, sha: string) => {
    repository.ask("update-ref", `refs/merge-requests/${number}/train`, sha);
    return { number, sha };
  };
  const { hasDotgit = "" } = malform(repository, base);
  const cars = [
    couple(1, repository.push({ "b.yaml": "1" }, { ref: "refs/heads/elsewhere" })),
    couple(2, hasDotgit),
    couple(3, repository.push({ "c.yaml": "1" }, { ref: "refs/heads/elsewhere" })),
  ];
  const expected = cars.map((car) => ({
    ...car,
    refusal: car.number === 2 ? expect.objectContaining({ code: "source_malformed" }) : null,
  }));
  expect(await proposals.listQueued("gitlab", cars)).toEqual(expected);
  const before = server.requests.length;
  expect(await proposals.listQueued("gitlab", cars)).toEqual(expected);
  expect(server.requests.length).toBe(before);
});

function countCalls(requests: readonly { readonly url: string }[]): number {
  return requests.filter(({ url }) => url.endsWith("/git-upload-pack")).length;
}
