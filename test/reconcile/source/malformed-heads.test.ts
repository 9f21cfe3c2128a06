import { expect, test } from "vitest";
import { malform } from "./malform.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

test("heads are fetched beside those that git's check refuses, which are not fetched again", async () => {
  const { repository, open, propose, serve } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const { server, url } = await serve();
  const source = await open({ url });
  await source.fetch();
  const proposals = proposalsOf(source);
  const small = [1, 9].map((number) => ({ number, sha: propose(number, { [`${number}.yaml`]: "1" }) }));
  const malformed = Object.entries(malform(repository, base)).map(([words, sha], index) => {
    repository.ask("update-ref", `refs/pull/${index + 2}/head`, sha);
    return { number: index + 2, sha, words };
  });
  const all = [...malformed, ...small];
  expect(await proposals.fetch("github", all)).toEqual(new Set([1, 9]));
  for (const { words, ...head } of malformed) {
    const refusal = proposals.findRefusal(head);
    expect(refusal).toMatchObject({ code: "source_malformed", next: "wait" });
    expect(refusal?.message).toContain(words);
  }
  for (const head of small) expect(proposals.findRefusal(head)).toBeNull();
  const before = server.requests.length;
  expect(await proposals.fetch("github", all)).toEqual(new Set([1, 9]));
  expect(server.requests.length).toBe(before);
  const mended = { number: 2, sha: propose(2, { "b.yaml": "1" }) };
  expect(await proposals.fetch("github", [mended, ...small])).toEqual(new Set([1, 2, 9]));
  expect(await proposals.merge(base, mended.sha)).toMatchObject({ files: ["b.yaml"] });
});
