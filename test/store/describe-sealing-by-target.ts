import { describe, expect, test } from "vitest";
import type { Sealing } from "../../src/model/secrets/sealing.ts";
import { RULES_VERSION } from "../../src/sealing/describe-sealing.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealFiles } from "../../src/sealing/seal-files.ts";
import { sealSettings } from "../../src/sealing/seal-settings.ts";
import { sealText } from "../../src/sealing/seal-text.ts";
import type { Store } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import {
  AUDIT,
  BEFORE,
  DIGESTS,
  FORMER,
  fill,
  fillLedger,
  findNotes,
  listKept,
  makePlan,
  NOTE,
  OWNED,
  open,
  revealFiles,
  VALUES,
} from "./fill-sealed.ts";

/** What is sealed for each of several targets and control planes, as tests that every database has to pass. */
export function describeSealingByTarget(database: string, makeLocation: () => Promise<string>): void {
  describe(`what is kept in ${database} when more is sensitive`, () => {
    test("a manifest seals the texts that name its object, and what it says no longer is sealed again once it says it again", async () => {
      const opened = await open(await makeLocation());
      const { records } = opened;
      const store = await fillLedger(opened);
      const sealBy = async (own: Sealing["own"], isWhole = true) => {
        const required = { sealing: { ...BEFORE, own }, isWhole, reveal: revealFiles };
        await records.sealKept("prod", required, AUDIT);
        await store.sealLedger({ ...required, target: "prod", seal: sealFiles });
      };
      await fillLedger(opened);
      const note = { "settings.acme": ["annotations.note"] };
      await sealBy({ ...note, "flyte_clusters.f": ["=note"] });
      expect(await findNotes(opened)).toEqual([]);
      await fillLedger(opened);
      // Wrong manifests say nothing, so that what they said before still counts.
      await sealBy({}, false);
      await sealBy({ "flyte_clusters.f": ["=note"] });
      expect((await findNotes(opened)).length).toBeGreaterThan(0);
      await sealBy({ ...note, "flyte_clusters.f": ["=note"] });
      const files = ["owned_object.applied"];
      expect(await findNotes(opened)).toEqual(files);
    });

    test("each target has rules of its own for a control plane that several write to", async () => {
      const opened = await open(await makeLocation());
      const store = await fillLedger(opened);
      const sealing: Sealing = { rules: RULES_VERSION, patterns: [], own: {} };
      const given = { isWhole: true, seal: sealFiles };
      await store.sealLedger({ ...given, target: "dev", sealing });
      expect((await findNotes(opened)).length).toBeGreaterThan(0);
      await store.sealLedger({ ...given, target: "prod", sealing: { ...sealing, patterns: ["*.note"] } });
      const owned = await store.readOwned();
      await store.sealLedger({ ...given, target: "dev", sealing });
      // Sealed by the rules of one already, so that it is not looked at again.
      await store.recordAllOwned(OWNED);
      await store.sealLedger({ ...given, target: "prod", sealing: { ...sealing, patterns: ["*.note"] } });
      expect(await store.readOwned()).not.toEqual(owned);
    });

    test("what was applied at every control plane that the target had is sealed, and what it never wrote to is left alone", async () => {
      const opened = await open(await makeLocation());
      const at = (endpoint: string, org = "acme") => opened.storeOf({ ...ACME, org, endpoint });
      const [first, second, unknown, foreign] = [
        at("https://1"),
        at("https://2"),
        at("https://3", "old"),
        at("https://4"),
      ];
      for (const store of [first, second, unknown, foreign]) await fillLedger(opened, store);
      const sealing: Sealing = { rules: RULES_VERSION, patterns: [], own: {} };
      const seal = (store: Store, target: string, patterns: readonly string[]) =>
        store.sealLedger({ target, sealing: { ...sealing, patterns }, isWhole: true, seal: sealFiles });
      await seal(first, "prod", []);
      await seal(foreign, "dev", []);
      // One that a release wrote to which kept no rules of ledgers.
      const former = [{ org: "old", endpoint: "https://3" }];
      const required = { sealing: { ...sealing, patterns: ["*.note"] }, isWhole: true };
      await second.sealLedger({ ...required, target: "prod", former, seal: sealFiles });
      for (const store of [first, second, unknown]) expect(JSON.stringify(await store.readOwned())).not.toContain(NOTE);
      expect(JSON.stringify(await foreign.readOwned())).toContain(NOTE);
      await seal(foreign, "dev", ["*.note"]);
      expect(await findNotes(opened)).toEqual([]);
    });

    test("what is owned is sealed as a plan of now has it, and what was sealed before stays", async () => {
      const opened = await open(await makeLocation());
      const store = await fillLedger(opened);
      const key = await store.vaultKey();
      const patterns = ["*.note"];
      const sealing: Sealing = { rules: RULES_VERSION, patterns, own: {} };
      await store.sealLedger({ target: "prod", sealing, isWhole: true, seal: sealFiles });
      const { vault } = openBorder({ key, patterns, desired: [], owned: [], remembered: {} });
      const place = { address: "settings.acme", scope: { domain: null, project: null } } as const;
      const sealed = sealSettings(place, VALUES, vault);
      const text = sealText({ address: "flyte_clusters.f", path: "f/v.yaml", text: `note: ${NOTE}\n` }, vault);
      const owned = await store.readOwned();
      expect(owned).toMatchObject([
        { applied: { files: { "f/v.yaml": `${text}password: ${FORMER}\n` } } },
        { applied: { settings: sealed }, manifest: { format: 1, values: sealed } },
      ]);
      const more = { ...sealing, patterns: [...patterns, "x"] };
      await store.sealLedger({ target: "prod", sealing: more, isWhole: true, seal: sealFiles });
      expect(await store.readOwned()).toEqual(owned);
    });

    test("who has a newer configuration reads nothing that a replica keeps by an older one", async () => {
      const location = await makeLocation();
      const [older, newer] = [await open(location, ["*.old"]), await open(location, ["*.note", "*.old"])];
      await fill(older);
      expect([await listKept(older), await listKept(newer)]).toEqual([
        ["settings.acme", "settings.acme/dev", "cluster.c1"],
        ["cluster.c1"],
      ]);
      expect(await newer.records.findReview("prod", 7)).toMatchObject({ review: { verdict: { kind: "failed" } } });
      await older.records.keepPlan({ ...makePlan("settings"), made_at: "2026-12-01T00:00:00.000Z" });
      expect(await newer.records.readPlan("prod", DIGESTS.settings)).toBeNull();
      expect(await older.records.readPlan("prod", DIGESTS.settings)).toBeNull();
    });
  });
}
