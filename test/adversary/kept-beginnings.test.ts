/**
 * The attacker has the systems of one target, or writes what is read there: comments, commits, names of files. Of a long text of theirs a short part is
 * kept. V8 makes such a part as a view of the whole text, which stays in memory with it: a budget that counts the parts would hold nothing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { describe, expect, onTestFinished, test } from "vitest";
import { createDeliveries } from "../../src/daemon/take-deliveries.ts";
import { readCommentChange } from "../../src/daemon/web/webhooks/read-comment-change.ts";
import { beginForeign, cutForeign, nameForeign, reshapeForeign } from "../../src/model/secrets/cut-foreign.ts";
import { readCommand } from "../../src/pull-requests/commands/read-command.ts";
import { nameCoAuthors } from "../../src/pull-requests/forge/name-co-authors.ts";
import { findProse, readProse } from "../../src/pull-requests/forge/read-answer.ts";
import { createShortener } from "../../src/pull-requests/forge/shorten-comments.ts";
import { parseCommit } from "../../src/reconcile/source/parse-commit.ts";
import { monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { decodeLastChange } from "../../src/systems/control-plane/authorship-codec.ts";
import { AuthorshipSchema } from "../../src/systems/control-plane/gen/cloudidl/common/common_pb.js";
import { openProposalWorld, proposalsOf } from "../reconcile/source/proposal-world.ts";
import { openSourceWorld } from "../reconcile/source/source-world.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { measureKept } from "../set-up/measure-kept.ts";

const COUNT = 20;
/** Of a text, in characters, each of which takes a byte or two. */
const LENGTH = 4_000_000;
/** Of what is kept of all texts: more than any of these parts take, and less than a view of two of them. */
const MOST_KEPT = 8_000_000;

const TIME = "2026-11-20T08:00:00Z";
const shorten = await createShortener(async () => "bot");
const report = (by: string, said: string) =>
  JSON.stringify({
    ...{ action: "created", is_pull: true, issue: { number: 1 }, repository: { full_name: "acme/pools" } },
    ...{ sender: { login: by }, comment: { id: 1, body: said, user: { login: by }, created_at: TIME } },
  });
const commitOf = (author: string, message: string) =>
  Buffer.from(`tree ${"a".repeat(40)}\nauthor ${author} 1 +0000\ncommitter a 1 +0000\n\n${message}`);

/** What is kept of a long text of one letter. */
const PARTS: Readonly<Record<string, (text: string) => unknown>> = {
  "a comment of another user": (body) => shorten({ id: "1", author: "mona", body, created_at: TIME }),
  "the beginning of a foreign text": (text) => beginForeign(text, 1000),
  "what is kept of a server's error": (text) => cutForeign(text),
  "its end": (text) => cutForeign(text, undefined, { keep: "end" }),
  "a name": (text) => nameForeign(text),
  "one line of such words": (text) =>
    reshapeForeign(cutForeign(`one line of them\n${text}`, undefined, { most: 2 * LENGTH }), (words) =>
      String(words.split("\n", 1)),
    ),
  "the subject and the author of a commit": (text) => {
    const { subject, author } = parseCommit("a".repeat(40), commitOf(text, text));
    return { subject, author };
  },
  "a delivery's report of a comment": (text) => readCommentChange(report(text, text)),
  "who changed a record": (name) =>
    decodeLastChange(
      create(AuthorshipSchema, { updatedBy: { principal: { case: "application", value: { spec: { name } } } } }),
    ),
  "a rejection's reason": (text) => readCommand(`poolkeeper reject for a reason of its own\n${text}`),
  "the co-author of a commit": (text) =>
    nameCoAuthors([
      {
        ...{ sha: "a", author: null, committer: null, accounts: [] },
        message: `Co-authored-by: A <a-login-of-some-length@noreply.${text}>`,
      },
    ]).map(({ co_authors }) => co_authors),
};

test.each(Object.entries(PARTS))("of a long text, %s is kept, and nothing else", async (_what, keep) => {
  const makeText = (index: number) => String.fromCharCode(97 + index).repeat(LENGTH);
  expect(await measureKept(COUNT, (index) => keep(makeText(index)))).toBeLessThan(MOST_KEPT);
});

describe("a text of a person in a forge's answer", () => {
  test.each([
    ["that is there", readProse],
    ["that may be missing", findProse],
  ])("%s is kept with a million characters of it, whatever its length", async (_what, read) => {
    const makeBody = (index: number) => ({ body: String.fromCharCode(97 + index).repeat(LENGTH) });
    expect(await measureKept(4, (index) => read(makeBody(index), "body"))).toBeLessThan(MOST_KEPT);
  });
});

test("of the ids of deliveries, what tells them apart is remembered, and nothing else", async () => {
  const { records, close } = await openDatabase(makeTemporaryFolder());
  onTestFinished(close);
  const { pushed } = createDeliveries({
    ...{ records, runners: () => new Map(), wake: async () => {} },
    deliveries: { per_minute: 1, clock: monotonicClock, stopping: AbortSignal.abort(), log: { warn: () => {} } },
  });
  const kept = await measureKept(COUNT, (index) => pushed("prod", String.fromCharCode(97 + index).repeat(LENGTH)));
  expect(kept).toBeLessThan(MOST_KEPT);
});

test("of a queue beside very many branches of a server's, the commits are kept without the names of the branches", async () => {
  const { repository, open } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const place = "refs/heads/gh-readonly-queue/main";
  const others = Array.from({ length: 4_000 }, (_, index) => `${base} ${place}/pr-1-${"n".repeat(200)}${index}`);
  writeFileSync(join(repository.folder, "packed-refs"), `${others.join("\n")}\n`);
  repository.push({ "b.yaml": "1" }, { ref: `${place}/pr-1-${base}` });
  const source = await open();
  await source.fetch();
  const asked = { open: new Set([1]), cars: [] };
  const kept = await measureKept(COUNT, () => proposalsOf(source).listQueued("github", asked));
  expect(kept).toBeLessThan(MOST_KEPT);
});

test("of a revision with very many files, the manifest is kept without the names of the others", async () => {
  const { repository, open } = openSourceWorld();
  const blob = repository.feed("x\n", "hash-object", "-w", "--stdin");
  const others = Array.from({ length: 4_000 }, (_, index) => `100644 blob ${blob}\t${"n".repeat(200)}${index}`);
  const parents: string[] = [];
  const commits = Array.from({ length: COUNT }, (_, index) => {
    const names = [...others, `100644 blob ${blob}\tthe-manifest-of-the-folder-${index}.yaml`];
    const tree = repository.feed(`${names.join("\n")}\n`, "mktree");
    const author = ["-c", "user.name=mallory", "-c", "user.email=mallory@example.com"];
    const commit = repository.ask(...author, "commit-tree", tree, ...parents, "-m", `${index}`);
    parents.splice(0, 2, "-p", commit);
    return commit;
  });
  repository.ask("update-ref", "refs/heads/main", commits.at(-1) ?? "");
  const source = await open();
  await source.fetch();
  const kept = await measureKept(COUNT, (index) => source.read(commits[index] ?? ""));
  expect(kept).toBeLessThan(MOST_KEPT);
});
