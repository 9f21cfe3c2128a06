import { expect, onTestFinished, test } from "vitest";
import { followWrites } from "../../src/daemon/follow-writes.ts";
import { createKnownTargets } from "../../src/daemon/known-targets.ts";
import { emptyState } from "../../src/daemon/read-service.ts";
import type { JournalEntry } from "../../src/model/ledger/ledger.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "../store/acme.ts";
import { writable } from "../store/writable.ts";

const STATE = emptyState("prod", "2026-11-01T12:00:00.000Z");

/** What a step journals that takes a cluster out of service on the way, or puts it back. */
function step(cluster: string, second: number, state: "drained" | "active"): JournalEntry {
  return {
    ...{ run_id: "r", step_id: `${state} ${cluster}`, address: `cluster.${cluster}`, physical_name: cluster },
    ...{ op: state === "drained" ? "drain" : "activate", phase: null, body: null },
    wrote: { kind: "cluster", set: { state }, ...(state === "drained" && { on_the_way: true as const }) },
    at: `2026-11-01T12:00:0${second}.000Z`,
  };
}

/** A ledger in which an earlier pass has drained a cluster, and what this process knows of its target. */
async function openKnown() {
  const store = await openStore(makeTemporaryFolder(), ACME);
  // A test may have closed it.
  onTestFinished(() => store.close().catch(() => {}));
  const ledger = await writable(store);
  const send = async (to: typeof ledger, entry: JournalEntry) => {
    const id = await to.recordIntent(entry);
    await to.recordSent(id, 1_000);
    return id;
  };
  await ledger.recordOutcome(await send(ledger, step("c0", 0, "drained")), "confirmed");
  const [known, writes] = [createKnownTargets(), followWrites()];
  known.note(STATE, null);
  known.begin("prod", writes);
  return { ledger, own: writes.follow(ledger), known, send };
}

test("a pass of this process is known to apply from its first write on, with what it and those before have drained and not put back", async () => {
  const { own, known, send } = await openKnown();
  expect(known.recall("prod")).toEqual({ state: STATE, applying: null });
  const drain = await send(own, step("c1", 1, "drained"));
  const since = "2026-11-01T12:00:01.000Z";
  const out_of_service = ["cluster.c0", "cluster.c1"];
  expect(known.recall("prod")?.applying).toEqual({ since, last_write_at: since, out_of_service });
  await own.recordOutcome(drain, "confirmed");
  const refused = await send(own, step("c2", 2, "drained"));
  expect(known.recall("prod")?.applying?.out_of_service).toEqual([...out_of_service, "cluster.c2"]);
  await own.recordOutcome(refused, "failed");
  await own.recordOutcome(await send(own, step("c0", 3, "active")), "confirmed");
  const last_write_at = "2026-11-01T12:00:03.000Z";
  expect(known.recall("prod")?.applying).toEqual({ since, last_write_at, out_of_service: ["cluster.c1"] });
  await own.settleOwnWrites("cluster.c1");
  expect(known.recall("prod")?.applying?.out_of_service).toEqual([]);
});

test("a write that has ended is known to have, though the store can't be told", async () => {
  const { ledger, own, known, send } = await openKnown();
  const back = await send(own, step("c0", 1, "active"));
  expect(known.recall("prod")?.applying?.out_of_service).toEqual(["cluster.c0"]);
  await ledger.close();
  await expect(own.recordOutcome(back, "confirmed")).rejects.toMatchObject({ code: "store_failed" });
  expect(known.recall("prod")?.applying?.out_of_service).toEqual([]);
});

test("what a pass that is not on record has drained stays known after it has ended, until the store says what is so", async () => {
  const { own, known, send } = await openKnown();
  await send(own, step("c1", 1, "drained"));
  known.end("prod");
  const out_of_service = ["cluster.c0", "cluster.c1"];
  expect(known.recall("prod")).toEqual({ state: { ...STATE, out_of_service }, applying: null });
  known.note(STATE, { since: STATE.updated_at, last_write_at: STATE.updated_at, out_of_service: ["cluster.c1"] });
  expect(known.recall("prod")).toEqual({ state: { ...STATE, out_of_service: ["cluster.c1"] }, applying: null });
  known.note(STATE, null);
  expect(known.recall("prod")).toEqual({ state: STATE, applying: null });
});
