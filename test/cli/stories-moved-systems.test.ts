import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { EVERYTHING, flyteClusters, label, openSystemsDesk } from "./systems.ts";

const ROW = "execution-cluster-labels/team1.yaml";
const FILES = "flyte-clusters/flyte.yaml";
const VALUES = "flyte/values-override.yaml";

/** A desk with a second flyteadmin and a second folder for files, where somebody else has applied what has the same names. */
async function openMovable() {
  const desk = await openSystemsDesk();
  const other = await serveControlPlane({ generation: "2026-11", org: "globex", adminPort: 0 });
  onTestFinished(() => other.close());
  const at = (name: "output" | "moved", store = "store") => [
    ...["--flyteadmin-endpoint", name === "output" ? desk.served.url : other.url, "--deliver", join(desk.folder, name)],
    ...["--store", store, "--allow", "max-disruption-share", "--allow", "other-folder", "--allow", "black-hole"],
  ];
  const plan = async (...flags: readonly string[]) => {
    const { stdout, stderr } = await desk.run(["plan", desk.repository, ...flags]);
    if (stdout === "") throw new Error(stderr);
    return stdout;
  };
  const apply = async (...flags: readonly string[]) => {
    const { code, stdout, stderr } = await desk.run(["apply", desk.repository, "--auto-approve", ...flags]);
    expect([code, stdout + stderr]).toEqual([0, expect.any(String)]);
  };
  const rows = (served = desk.served) =>
    [...served.flyteadmin.state.attributes.values()].map(({ project, attributes }) => [project, attributes]);
  desk.write(EVERYTHING);
  return { desk, other, at, plan, apply, rows };
}

test("what was applied at a flyteadmin and delivered to a folder is not owned at others, and is again once they are named again", async () => {
  const { desk, other, at, plan, apply, rows } = await openMovable();
  await apply(...at("moved", "store of somebody else"));
  await apply(...at("output"));
  const foreign = rows(other);
  expect(foreign).toHaveLength(2);
  for (const file of [ROW, FILES, "cluster-pool-attributes/team1.yaml"]) rmSync(join(desk.repository, file));
  const moved = await plan(...at("moved"));
  expect(moved).toContain("No changes.");
  expect(moved).toContain(
    `cluster_pool_attributes.team1/production, execution_cluster_label.team1/development were applied at ${desk.served.url}`,
  );
  expect(moved).toContain(`flyte_clusters.flyte was applied at ${desk.output}`);
  await apply(...at("moved"));
  expect(rows(other)).toEqual(foreign);
  expect(readFileSync(join(desk.folder, "moved", VALUES), "utf8")).toContain("dp2.example.com");
  expect(rows()).toHaveLength(2);
  await apply(...at("output"));
  expect(rows()).toEqual([]);
  expect(() => readFileSync(join(desk.output, VALUES))).toThrow("ENOENT");
  expect(await plan(...at("moved"))).not.toContain("were applied at");
});

test("a row and files that somebody else changed at another place are told as theirs, and not as drift of what was applied before", async () => {
  const { desk, other, at, plan, apply, rows } = await openMovable();
  desk.write({ [ROW]: label("team1", "label1"), [FILES]: flyteClusters("dp9") });
  await apply(...at("moved", "store of somebody else"));
  desk.write(EVERYTHING);
  await apply(...at("output"));
  const document = JSON.parse(await plan(...at("moved"), "--json"));
  const found = document.changes.find(
    ({ address }: { readonly address: string }) => address === "flyte_clusters.flyte",
  );
  expect(found).toMatchObject({ action: "update", origin: "unknown" });
  expect(rows(other)).toEqual(rows());
});

test("one place of delivery in several spellings is one, and keeps what is owned there", async () => {
  const { desk, at, plan, apply } = await openMovable();
  await apply(...at("output"));
  rmSync(join(desk.repository, FILES));
  rmSync(join(desk.repository, ROW));
  const [admin = "", endpoint = "", ...rest] = at("output").filter((_, index) => index !== 2 && index !== 3);
  const spelled = [admin, `${endpoint}/`, "--deliver", "./repository/../output/", ...rest];
  expect(await plan(...spelled)).toContain("2 to destroy");
});
