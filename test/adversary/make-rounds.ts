import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";

const PROD = ["prod"];

/** Tells these targets that something happened to a request. */
export async function tellEach(
  { forge, daemon }: ForgedWorld,
  number: number,
  names: readonly string[],
): Promise<void> {
  const event = { kind: "request", number, action: "edited" } as const;
  for (const name of names) await forge.deliver(`${daemon.url}/webhooks/${name}`, HOOK_SECRET, event);
}

/** Makes rounds of these targets: each begins after the one before it is over. */
export async function makeRounds(forged: ForgedWorld, number: number, count: number, names = PROD): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    const held = forged.holdRounds();
    await tellEach(forged, number, names);
    await held.arrived(names.length);
    held.release();
  }
}

/** What is created on the forge in three rounds without news of these targets: comments and statuses. */
export async function listCreated(forged: ForgedWorld, number: number, names = PROD): Promise<readonly string[]> {
  forged.forge.advance(60_000);
  await makeRounds(forged, number, 4, names);
  const before = forged.forge.calls().length;
  await makeRounds(forged, number, 3, names);
  const calls = forged.forge.calls().slice(before);
  return calls.filter(({ method }) => method === "POST").map(({ path }) => path);
}

/** Opens one more request of a commit; gives its number. */
export function openTwin(
  { forge, world }: ForgedWorld,
  sha: string,
  twin: Partial<Parameters<ForgedWorld["forge"]["openRequest"]>[0]> = {},
): number {
  const number = forge.openRequest({ title: "twin", author: "mona", branch: "twin", base: "main", sha, ...twin });
  world.repository.point(
    forge.kind === "gitlab" ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`,
    sha,
  );
  return number;
}
