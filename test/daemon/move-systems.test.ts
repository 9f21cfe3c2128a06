import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { flyteClusters, label } from "../cli/systems.ts";
import { ACME } from "../store/acme.ts";
import { FILES } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

const LABEL = "execution-cluster-labels/team1.yaml";
const CLUSTERS = "flyte-clusters/flyte.yaml";
const VALUES = "flyte/values-override.yaml";

/** Two flyteadmins and two folders for files: `theirs` has, of somebody else, what `ours` has of the target. */
test("a reload that gives a target another flyteadmin and place of delivery leaves what is there to its owners, and back there nothing is forgotten", async () => {
  const files = { ...FILES, [LABEL]: label("team1", "label1"), [CLUSTERS]: flyteClusters("dp1") };
  const world = await openDaemonWorld(files);
  const other = await serveControlPlane({ generation: "2026-11", org: "globex", adminPort: 0 });
  onTestFinished(() => other.close());
  const settings = (name: "ours" | "theirs", store = "./data") => {
    const admin = name === "ours" ? world.served : other;
    mkdirSync(join(world.folder, name), { recursive: true });
    return {
      policy: { auto_apply: "all" },
      control_plane: { flyteadmin: { endpoint: admin.url }, deliver: join(world.folder, name) },
      file: { store: { directory: store } },
    };
  };
  const rows = (served: ServedControlPlane) => [...served.flyteadmin.state.attributes.keys()];
  const isThere = (name: "ours" | "theirs") => existsSync(join(world.folder, name, VALUES));
  const somebody = await world.start(settings("theirs", "./another"));
  await somebody.until(({ status }) => status.state === "Synced");
  await somebody.daemon.stop();
  const daemon = await world.start(settings("ours"));
  await daemon.until(({ status }) => status.state === "Synced");
  expect(rows(world.served)).toHaveLength(1);
  expect(rows(other)).toEqual(rows(world.served));
  await daemon.daemon.reload(world.read(settings("theirs")));
  const commit = await daemon.push({ [LABEL]: null, [CLUSTERS]: null });
  await daemon.untilState("Synced", commit);
  expect([rows(other).length, isThere("theirs")]).toEqual([1, true]);
  expect([rows(world.served).length, isThere("ours")]).toEqual([1, true]);
  await daemon.daemon.reload(world.read(settings("ours")));
  await daemon.until(({ status }) => status.state === "Synced" && rows(world.served).length === 0 && !isThere("ours"));
  expect([rows(other).length, isThere("theirs"), isThere("ours")]).toEqual([1, true, false]);
  await daemon.daemon.stop();
  const database = await openDatabase(join(world.folder, "data"));
  onTestFinished(() => database.close());
  expect(await database.storeOf({ ...ACME, endpoint: world.served.url }).readElsewhere()).toEqual([]);
});
