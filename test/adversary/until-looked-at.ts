import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";

/** Waits until the daemon knows whose changes the plan of its last pass carries out, so that somebody else could approve it. */
export async function untilLookedAt({ url, target }: Pick<ForgedWorld["daemon"], "url" | "target">): Promise<void> {
  const headers = { authorization: `Bearer ${TOKENS.other}` };
  let seen = "";
  await waitFor(
    async () => {
      const { last_pass } = await target();
      const answer = await fetch(`${url}/api/v1/plans/${last_pass?.digest}/approval?target=prod`, { headers });
      seen = await answer.text();
      return answer.ok && !seen.includes("not_looked_at");
    },
    () => seen,
  );
}
