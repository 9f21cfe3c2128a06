import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RepositoryConfig } from "../../../src/model/daemon/daemon-config.ts";
import { openQueueLine } from "../../../src/reconcile/source/queue-line.ts";
import { malform } from "./malform.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

const REVIEWED: Partial<RepositoryConfig> = {
  pull_requests: {
    ...{ forge: "github", url: null, repository: "acme/pools", access: { kind: "token", token: { env: "TOKEN" } } },
    ...{ forks: false, drafts: false, skip_label: "", unplanned: "block", status_name: "poolkeeper" },
    ...{ approval: "merge", self_approval: true, operators: [], unverified_comments: "refuse" },
  },
};

/** Which requests are open. */
const ASKED = { open: new Set([1, 2, 3]), cars: [] };

/** The temporary branch of a group. */
function nameGroup(number: number, more = "a".repeat(40)): string {
  return `refs/heads/gh-readonly-queue/main/pr-${number}-${more}`;
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
  expect(await proposals.listQueued("github", ASKED)).toEqual([{ ...good, refusal: null }, ...refused]);
  const before = countCalls(server.requests);
  expect((await source.fetch()).id).toBe(base);
  expect(await proposals.listQueued("github", ASKED)).toEqual([{ ...good, refusal: null }, ...refused]);
  // The lists of the branch and of its queue, and no pack.
  expect(countCalls(server.requests)).toBe(before + 2);
  const next = repository.push({ "c.yaml": "1" });
  for (const { number } of bad) repository.ask("update-ref", "-d", nameGroup(number));
  expect((await source.fetch()).id).toBe(next);
  expect(await proposals.listQueued("github", ASKED)).toEqual([{ ...good, refusal: null }]);
  const mended = queue(2, repository.push({ "d.yaml": "1" }, { ref: "refs/heads/elsewhere" }));
  await source.fetch();
  expect(await proposals.listQueued("github", ASKED)).toEqual([good, mended].map((one) => ({ ...one, refusal: null })));
});

test("GitHub: new commits in each look that git's check refuses keep none from being fetched that came before them", async () => {
  const { repository, open } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const source = await open(REVIEWED);
  await source.fetch();
  const tree = repository.ask("rev-parse", `${base}^{tree}`);
  let next = 0;
  const plant = () => {
    next += 1;
    // Without a committer.
    const text = `tree ${tree}\nparent ${base}\nauthor a <a@example.com> 1 +0000\n\n${next}\n`;
    const sha = repository.feed(text, "hash-object", "-t", "commit", "-w", "--stdin", "--literally");
    repository.ask("update-ref", nameGroup(1, next.toString(16).padStart(40, "0")), sha);
  };
  const own = repository.push({ "b.yaml": "1" }, { ref: nameGroup(3) });
  const asked = { ...ASKED, line: openQueueLine() };
  const look = async () => {
    for (let times = 0; times < 12; times += 1) plant();
    const found = await proposalsOf(source).listQueued("github", asked);
    return found.find(({ number }) => number === 3);
  };
  await look();
  await look();
  expect(await look()).toEqual({ number: 3, sha: own, refusal: null });
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
    expect(await proposalsOf(source).listQueued("github", ASKED)).toEqual([
      { number: 2, sha: large, refusal: expect.objectContaining({ code: "source_too_large" }) },
    ]);
  }
});

test("GitHub: of a hundred thousand branches with names of a queue, those of open requests are fetched, each commit once, a hundred at most", async () => {
  const { repository, open, serve } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const made = Array.from({ length: 151 }, (_, index) =>
    repository.push({ "b.yaml": String(index) }, { ref: "refs/heads/elsewhere" }),
  );
  const [own = "", ...planted] = made;
  const name = (number: number, index: number) => nameGroup(number, String(index).padStart(40, "0"));
  const refs = [
    ...Array.from({ length: 100_000 }, (_, index) => `${base} ${name(1_000 + index, index)}`),
    ...planted.map((sha, index) => `${sha} ${name(2, index)}`),
    ...planted.map((sha, index) => `${sha} ${name(1, index + 1_000)}`).slice(0, 3),
    `${own} ${name(3, 7)}`,
  ];
  const header = "# pack-refs with: peeled fully-peeled sorted";
  const there = [`${base} refs/heads/main`, ...refs].toSorted((one, other) =>
    one.slice(41) < other.slice(41) ? -1 : 1,
  );
  writeFileSync(join(repository.folder, "packed-refs"), `${[header, ...there].join("\n")}\n`);
  const { server, url } = await serve();
  const source = await open({ url, ...REVIEWED });
  expect((await source.fetch()).id).toBe(base);
  const before = countCalls(server.requests);
  const found = await proposalsOf(source).listQueued("github", ASKED);
  expect(found).toHaveLength(100);
  expect(found.filter(({ number }) => number !== 2).map(({ number, sha }) => [number, sha])).toEqual([
    ...planted
      .slice(0, 3)
      .map((sha) => [1, sha])
      .toSorted(),
    [3, own],
  ]);
  // Of the branches in question.
  expect(countCalls(server.requests)).toBeLessThanOrEqual(before + 3);
  expect(await proposalsOf(source).listQueued("github", { open: new Set(), cars: [] })).toEqual([]);
});

test("GitHub: of more branches with names of a queue than are listed, the beginning of the list is looked at", async () => {
  const { repository, open, serve } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const own = repository.push({ "b.yaml": "1" }, { ref: "refs/heads/elsewhere" });
  const name = (index: number) => nameGroup(1_000 + index, String(index).padStart(40, "0"));
  const planted = Array.from({ length: 160_000 }, (_, index) => `${base} ${name(index)}`);
  const there = [`${own} ${nameGroup(1)}`, `${base} refs/heads/main`, ...planted].toSorted((one, other) =>
    one.slice(41) < other.slice(41) ? -1 : 1,
  );
  writeFileSync(
    join(repository.folder, "packed-refs"),
    `# pack-refs with: peeled fully-peeled sorted\n${there.join("\n")}\n`,
  );
  const { url } = await serve();
  const source = await open({ url, ...REVIEWED });
  await source.fetch();
  expect(await proposalsOf(source).listQueued("github", ASKED)).toEqual([{ number: 1, sha: own, refusal: null }]);
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
  expect(await proposals.listQueued("gitlab", { ...ASKED, cars })).toEqual(expected);
  const before = server.requests.length;
  expect(await proposals.listQueued("gitlab", { ...ASKED, cars })).toEqual(expected);
  expect(server.requests.length).toBe(before);
});

test("GitLab: cars that are not there yet keep none of those behind them waiting", async () => {
  const { repository, open } = openProposalWorld();
  repository.push({ "a.yaml": "1" });
  const source = await open();
  await source.fetch();
  const couple = (number: number, text: string) => {
    const sha = repository.push({ "b.yaml": text }, { ref: `refs/merge-requests/${number}/train` });
    return { number, sha };
  };
  const missing = Array.from({ length: 12 }, (_, index) => {
    return { number: index + 1, sha: (index + 1).toString(16).padStart(40, "0") };
  });
  const behind = [couple(20, "1"), couple(21, "2")];
  const cars = [...missing, ...behind];
  const asked = { open: new Set(cars.map(({ number }) => number)), cars };
  const look = () => proposalsOf(source).listQueued("gitlab", asked);
  expect(await look()).toEqual([]);
  expect(await look()).toEqual(behind.map((car) => ({ ...car, refusal: null })));
  const late = couple(12, "3");
  cars.splice(11, 1, late);
  await look();
  expect(await look()).toEqual([late, ...behind].map((car) => ({ ...car, refusal: null })));
});

function countCalls(requests: readonly { readonly url: string }[]): number {
  return requests.filter(({ url }) => url.endsWith("/git-upload-pack")).length;
}
