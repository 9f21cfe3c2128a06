import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("a lease leaves a write of its last holder as long to come to its end as a call of the target may take", async () => {
  const world = await openDaemonWorld();
  const settings = { control_plane: { timeout: "2m" } };
  const daemon = await world.start(settings);
  await daemon.untilApplied(world.first);
  const { store } = world.read(settings);
  if (store.kind !== "directory") throw new Error("the store is no directory");
  const database = await openDatabase(store.path);
  const lease = await database.storeOf({ org: "acme", endpoint: world.served.url }).leases.read();
  await database.close();
  expect(Date.parse(lease?.free_at ?? "") - Date.parse(lease?.expires_at ?? "")).toBe(120_000);
});
