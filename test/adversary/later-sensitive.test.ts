/** The attacker reads all that is shown to readers, the store and its backups, after a value that was shown has become sensitive. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { FILES } from "../daemon/manifests.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { waitFor } from "../set-up/wait-for.ts";

const SETTINGS = "settings/org.yaml";
const APPLIED = "canary-applied";
const PROPOSED = "canary-proposed";
const CLOSED = "canary-closed";
const CANARIES = [APPLIED, PROPOSED, CLOSED];

const note = (text: string, more = "") => ({ [SETTINGS]: `${more}settings: { annotations: { note: ${text} } }\n` });

/** A daemon that has applied a note, with a request that changes it, and one that did and was closed. */
async function openShown() {
  const forged = await openForgedWorld({ files: { ...FILES, ...note(APPLIED) } });
  for (const login of ["boss", "mallory"]) forged.forge.allow(login, "write");
  const propose = async (branch: string, text: string) => {
    const number = await forged.propose(branch, note(text), { author: "mallory" });
    await forged.untilStatus(number, "plan", /^success/);
    return number;
  };
  const closed = await propose("closed", CLOSED);
  forged.forge.changeRequest(closed, { state: "closed" });
  await forged.tell(closed, "closed");
  await waitFor(
    async () => /"kind":"closed"/.test(await readShown(forged, [], [closed])),
    () => "the request is not closed",
  );
  const open = await propose("open", PROPOSED);
  const { passes } = await forged.daemon.target();
  const digests = [...new Set(passes.flatMap(({ digest }) => digest ?? []))];
  const shown = await readShown(forged, digests, [closed, open]);
  expect(CANARIES.filter((canary) => shown.includes(canary))).toEqual(CANARIES);
  return { ...forged, digests, numbers: [closed, open] };
}

async function readShown(
  { daemon }: Pick<ForgedWorld, "daemon">,
  digests: readonly string[],
  numbers: readonly number[],
): Promise<string> {
  const paths = [
    ...["/api/v1/targets", "/api/v1/targets/prod", "/api/v1/targets/prod/passes", "/api/v1/audit", "/targets/prod"],
    ...digests.flatMap((digest) => [`/api/v1/plans/${digest}?target=prod`, `/plans/${digest}?target=prod`]),
    ...numbers.flatMap((number) => [`/api/v1/targets/prod/requests/${number}`, `/targets/prod/requests/${number}`]),
  ];
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const answers = paths.map(async (path) => (await fetch(`${daemon.url}${path}`, { headers })).text());
  return (await Promise.all(answers)).join("\n");
}

/** Every row, as a backup has them. */
async function readStore({ world }: Pick<ForgedWorld, "world">): Promise<string> {
  const database = await openDatabase(join(world.folder, "data"));
  try {
    const rows: string[] = [];
    for await (const row of database.snapshot()) rows.push(JSON.stringify(row));
    return rows.join("\n");
  } finally {
    await database.close();
  }
}

async function expectSealed(forged: Awaited<ReturnType<typeof openShown>>): Promise<void> {
  let seen: readonly string[] = [];
  const find = (text: string, place: string) =>
    CANARIES.filter((canary) => text.includes(canary)).map((canary) => `${canary} ${place}`);
  await waitFor(
    async () => {
      const shown = await readShown(forged, forged.digests, forged.numbers);
      seen = [...find(shown, "shown"), ...find(await readStore(forged), "stored")];
      return seen.length === 0;
    },
    () => seen.join("\n"),
  );
}

test("a pattern that a reload brings: what was shown before is shown and kept no more", async () => {
  const forged = await openShown();
  const { world, settings, daemon } = forged;
  await daemon.daemon.reload(
    world.read({ ...settings, target: { ...Object(settings.target), sensitive: ["*.note"] } }),
  );
  // From the first moment on, whatever is not sealed yet.
  const shown = await readShown(forged, forged.digests, forged.numbers);
  expect(CANARIES.filter((canary) => shown.includes(canary))).toEqual([]);
  await expectSealed(forged);
});

test("a pattern of a manifest that a commit brings: the same", async () => {
  const forged = await openShown();
  const { daemon } = forged;
  await daemon.untilApplied(await daemon.push(note(APPLIED, "sensitive: [annotations.note]\n")));
  await expectSealed(forged);
});

test("while a target is frozen and its newest manifests are wrong: the same", async () => {
  const forged = await openShown();
  const { world, settings, daemon } = forged;
  await daemon.push({ "queues/wrong.yaml": "name: [\n" });
  await daemon.until(({ status }) => status.state === "Invalid");
  const target = { ...Object(settings.target), sensitive: ["*.note"] };
  const policy = { ...Object(settings.policy), freeze: { reason: "Release 7" } };
  await daemon.daemon.reload(world.read({ ...settings, target, policy }));
  await expectSealed(forged);
});
