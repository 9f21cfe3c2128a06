/**
 * The attacker opens a request that can't be planned, whatever time passes: git's check refuses an object of it. The others are planned, and
 * the daemon waits for a change of it instead of looking at all of them again and again.
 */
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

test("a request with an object that git refuses is told so, the other one is planned, and neither is looked at again soon", async () => {
  const { world, forge, propose, tell, untilSaid, untilStatus, daemon } = await openForgedWorld({
    settings: { repository: { poll: "10m" } },
  });
  const { repository } = world;
  const number = await propose("malformed", { "queues/any.yaml": queue("any", 3) });
  const blob = repository.feed("x", "hash-object", "-w", "--stdin");
  const tree = repository.feed(`100644 blob ${blob}\t.git\n`, "mktree");
  const by = "a <a@example.com> 1 +0000";
  const commit = `tree ${tree}\nparent ${repository.ask("rev-parse", "main")}\nauthor ${by}\ncommitter ${by}\n\nx\n`;
  const sha = repository.feed(commit, "hash-object", "-t", "commit", "-w", "--stdin");
  repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  forge.changeRequest(number, { sha });
  await tell(number, "edited");
  const other = await propose("other", { "queues/any.yaml": queue("any", 2) });
  await untilSaid(number, "hasDotgit");
  await untilStatus(number, "plan", /^(failure|error):/);
  await untilStatus(other, "plan", /^success:/);
  expect((await daemon.reconciled()).status.state).toBe("Synced");
  const seen = () => world.log.findLast((line) => line.includes("Pull requests reviewed.")) ?? "";
  await waitFor(() => JSON.parse(seen()).open === 2 && JSON.parse(seen()).unfinished === false, seen);
});
