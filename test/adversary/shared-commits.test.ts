/**
 * The attacker opens several requests of one commit. What is said of the commit is one status for all of them: where each request would say it in its
 * own words, every round would set it again, and use up the calls that the forge allows.
 */
import { expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import { GUARDED, openGuarded } from "./reject-request.ts";

test.each(FORGE_NAMES)(
  "a round without news sets no status of a commit that several requests have, on %s",
  async (kind) => {
    const forged = await openGuarded({
      ...{ kind, requests: { approval: "explicit" }, settings: { ...GUARDED, repository: { poll: "24h" } } },
    });
    const { forge, world } = forged;
    const first = await forged.propose("a", MOVE);
    const sha = forged.head(first);
    for (const title of ["b", "c"]) {
      const number = forge.openRequest({ title, author: "mona", branch: "a", base: "main", sha });
      world.repository.point(
        kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`,
        sha,
      );
    }
    forge.advance(60_000);
    await forged.tell(first, "edited");
    await forged.untilSaid(3, /digest/);
    forge.advance(60_000);
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round += 1) await forged.betweenRounds(first, async () => {});
    };
    await rounds(3);
    const before = forge.calls().length;
    await rounds(3);
    const written = forge
      .calls()
      .slice(before)
      .filter(({ method }) => method === "POST");
    expect(written.map(({ path }) => path)).toEqual([]);
  },
);
