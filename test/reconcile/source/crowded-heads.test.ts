import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

test("of heads that fit alone but not together, the largest is left out, and fetched once there is room", async () => {
  const { repository, open, propose } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const source = await open({ max_bytes: 1_000_000 });
  await source.fetch();
  const proposals = proposalsOf(source);
  const bring = (number: number, bytes: number) => ({
    number,
    sha: propose(number, { [`${number}.bin`]: randomBytes(bytes) }),
  });
  const [large, middle, small] = [bring(1, 700_000), bring(2, 500_000), bring(3, 100_000)];
  expect(await proposals.fetch("github", [large, middle, small])).toEqual(new Set([2, 3]));
  expect(proposals.findRefusal(large)).toMatchObject({ code: "source_too_large", next: "wait" });
  await proposals.keep([1, 2, 3]);
  const smaller = bring(2, 100);
  expect(await proposals.fetch("github", [large, smaller, small])).toEqual(new Set([1, 2, 3]));
  expect(proposals.findRefusal(large)).toBeNull();
  expect(await proposals.merge(base, large.sha)).toMatchObject({ files: ["1.bin"] });
});

test("a server that lists tens of thousands of names that end like a request's is not listened to", async () => {
  const { repository, open, propose } = openProposalWorld();
  repository.push({ "a.yaml": "1" });
  const source = await open();
  await source.fetch();
  const head = { number: 1, sha: propose(1, { "b.yaml": "1" }) };
  const gone = { number: 2, sha: head.sha };
  expect(await proposalsOf(source).fetch("github", [head, gone])).toEqual(new Set([1]));
  const long = "x".repeat(100);
  const lines = Array.from({ length: 30_000 }, (_, at) => `${head.sha} refs/${long}/${at}/refs/pull/2/head\n`);
  appendFileSync(`${fileURLToPath(repository.url)}/packed-refs`, lines.join(""));
  const other = await open();
  await other.fetch();
  await expect(proposalsOf(other).fetch("github", [gone])).rejects.toMatchObject({ name: "OperationalError" });
});
