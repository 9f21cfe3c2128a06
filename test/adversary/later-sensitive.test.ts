/** The attacker reads all that is shown to readers, the store and its backups, after a value that was shown has become sensitive. */
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { FILES } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "../daemon/open-daemon-world.ts";
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

/** What of the canaries every row has, as a backup has them: `CANARY TABLE.COLUMN`, sorted. */
async function findStored({ folder }: Pick<DaemonWorld, "folder">): Promise<readonly string[]> {
  const database = await openDatabase(join(folder, "data"));
  try {
    const found = new Set<string>();
    for await (const { table, row } of database.snapshot()) {
      for (const [column, value] of Object.entries(row)) {
        for (const canary of CANARIES) if (String(value).includes(canary)) found.add(`${canary} ${table}.${column}`);
      }
    }
    return [...found].sort();
  } finally {
    await database.close();
  }
}

async function expectSealed(forged: Awaited<ReturnType<typeof openShown>>): Promise<void> {
  let seen: readonly string[] = [];
  await waitFor(
    async () => {
      const shown = await readShown(forged, forged.digests, forged.numbers);
      seen = [...CANARIES.filter((canary) => shown.includes(canary)), ...(await findStored(forged.world))];
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

test("what people wrote of a value, and messages that wait and tell of it: the same, and the messages are still sent", async () => {
  const forged = await openShown();
  const { world, settings, daemon } = forged;
  const paused = await daemon.send("/targets/prod/pause", { reason: `until ${APPLIED} is gone`, address: "queue.any" });
  expect(paused.status).toBe(201);
  const waiting = await openDatabase(join(world.folder, "data"));
  const body = JSON.stringify({ event: "failed", target: "prod", text: `refused: ${APPLIED}` });
  await waiting.records.addOutbox([
    { id: "1", receiver: "chat", key: "1", body, attempts: 0, due_at: new Date(Date.now() + 1_800_000).toISOString() },
  ]);
  await waiting.close();
  expect(await findStored(world)).toEqual(expect.arrayContaining([`${APPLIED} outbox_entry.body`]));
  await daemon.daemon.reload(
    world.read({ ...settings, target: { ...Object(settings.target), sensitive: ["*.note"] } }),
  );
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

/** A target that has applied a note at a control plane, and was then given another one, where it has no note. */
async function openMoved(org: string) {
  const world = await openDaemonWorld({ ...FILES, ...note(APPLIED) });
  const other = await serveControlPlane({ generation: "2026-11", org, adminPort: 0 });
  onTestFinished(() => other.close());
  const policy = { auto_apply: "all" };
  const daemon = await world.start({ policy });
  await daemon.untilApplied(world.first);
  const moved = { policy, control_plane: { endpoint: other.url, org } };
  await daemon.daemon.reload(world.read(moved));
  await daemon.untilApplied(await daemon.push(note("harmless")));
  expect(await findStored(world)).toContain(`${APPLIED} owned_object.applied`);
  return { world, daemon, moved };
}

test("what was applied at a control plane that the target had before: a pattern of the operator's seals it there", async () => {
  const { world, daemon, moved } = await openMoved("acme");
  await daemon.daemon.reload(world.read({ ...moved, target: { sensitive: ["*.note"] } }));
  await daemon.reconciled();
  expect(await findStored(world)).toEqual([]);
});

test("the same for a pattern of a manifest, where the organization had another name", async () => {
  const { world, daemon } = await openMoved("globex");
  await daemon.untilApplied(await daemon.push(note("harmless", "sensitive: [annotations.note]\n")));
  expect(await findStored(world)).toEqual([]);
});
