import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TARGET_FILE } from "../../../src/manifests/scaffold/scaffold-repository.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { labelBody } from "../../embedded/flyteadmin/serve-gateway.ts";
import { MOVED, REPOSITORY } from "../manifests.ts";
import { planInProcess } from "../plan-in-process.ts";
import { type Desk, openAppliedDesk, openDesk } from "../run-program.ts";

/** Imports into a folder below the desk's, and plans what came with the same connection. */
async function importTo(desk: Desk, name: string, ...args: readonly string[]) {
  const out = join(desk.folder, name);
  const imported = await desk.run(["import", "--out", out, ...args]);
  const connection = args.filter((_, index) => args[index - 1] !== "--layout" && args[index] !== "--layout");
  const plan = async () => {
    const { code, stdout } = await desk.run(["plan", out, "--json", "--detailed-exitcode", ...connection]);
    return { code, changes: JSON.parse(stdout).changes };
  };
  return { ...imported, out, plan, files: () => globSync("**/*.yaml", { cwd: out }).sort() };
}

const EMPTY = { code: 0, changes: [] };

describe.each(GENERATIONS)("poolkeeper import from generation %s", (generation) => {
  test("writes what others applied, after a replacement or a move too, and its plan is empty", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(MOVED);
    await planInProcess(desk, { apply: true });
    const { code, stdout, stderr, plan, files } = await importTo(desk, "out");
    const moved = generation === "2026-07" ? "clusters/c1-dev.yaml" : "clusters/c1.yaml";
    expect(code).toBe(0);
    expect(files()).toEqual(
      [
        moved,
        "clusters/c2.yaml",
        "clusters/c3.yaml",
        TARGET_FILE,
        ...["dev", "prod"].map((name) => `pools/${name}.yaml`),
      ].concat(["queues/any.yaml", "queues/batch.yaml"]),
    );
    expect(stdout).toMatch(
      /^Wrote 7 files to .*: 2 cluster pools, 3 clusters, 2 queues\.\npoolkeeper\.target\.yaml there says that the folder is for organization acme\.\nNext: poolkeeper validate/,
    );
    if (generation === "2026-07") expect(stderr).toMatch(/queue\.c1: its selector is empty/);
    expect(await plan()).toEqual(EMPTY);
  });

  test("writes one file of each kind where that is asked for", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    const { files, plan } = await importTo(desk, "out", "--layout", "per-kind");
    expect(files()).toEqual(["clusters/clusters.yaml", TARGET_FILE, "pools/pools.yaml", "queues/queues.yaml"]);
    expect(await plan()).toEqual(EMPTY);
  });

  test("leaves out, with the reason, what no folder can say, and plans nothing for the rest", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    const mutate = (body: object) => desk.post("/mutate", body);
    await mutate({
      op: "set",
      kind: "cluster_pool",
      name: "dev",
      path: "config.object_store_ref.uri",
      value: "s3://bucket-prod/",
    });
    await mutate({ op: "set", kind: "queue", name: "batch", path: "clusters", value: [] });
    const object = { "run.default_queue": "any", "run.run_base_dir": "s3://b?token=Gek31m" };
    await mutate({ op: "create", kind: "settings", name: "", object });
    const { code, stderr, files, out, plan } = await importTo(desk, "out");
    expect(code).toBe(0);
    expect(files()).toEqual([
      "clusters/c1.yaml",
      "clusters/c2.yaml",
      TARGET_FILE,
      "pools/prod.yaml",
      "queues/any.yaml",
      "settings/organization.yaml",
    ]);
    expect(stderr).toMatch(/cluster_pool\.dev: Pool .* shares its metadata bucket with cluster_pool\.prod/);
    expect(stderr).toMatch(/queue\.batch: its selector is empty/);
    expect(stderr).toMatch(/settings\.acme: run\.run_base_dir: sensitive values are never written into files/);
    expect(stderr + readFileSync(join(out, "settings/organization.yaml"), "utf8")).not.toContain("Gek31m");
    expect(await plan()).toEqual(EMPTY);
  });
});

describe("poolkeeper import", () => {
  test("writes drained and draining things as drained, and leaves deleted ones out", async () => {
    const desk = await openAppliedDesk({
      ...REPOSITORY,
      "queues/batch.yaml": `${REPOSITORY["queues/batch.yaml"]}state: drained\n`,
    });
    desk.write({ "clusters/c3.yaml": "name: c3\npool: dev\nstate: drained\n" });
    await planInProcess(desk, { apply: true });
    const { stdout } = await desk.run(["plan", desk.repository, "--json"]);
    expect(JSON.parse(stdout).changes).toEqual([]);
    await desk.post("/mutate", { op: "create", kind: "queue", name: "gone", object: { cluster_pool: "prod" } });
    const gone = [
      ["state", "deleted"],
      ["deleted_at", 1],
    ];
    for (const [path, value] of gone)
      await desk.post("/mutate", { op: "set", kind: "queue", name: "gone", path, value });
    const { stderr, out, plan, files } = await importTo(desk, "out");
    expect(readFileSync(join(out, "clusters/c3.yaml"), "utf8")).toBe("name: c3\npool: dev\nstate: drained\n");
    expect(readFileSync(join(out, "queues/batch.yaml"), "utf8")).toMatch(/^state: drained$/m);
    expect(files()).not.toContain("queues/gone.yaml");
    expect(stderr).toMatch(/queue\.gone: it is deleted/);
    expect(await plan()).toEqual(EMPTY);
  });

  test("takes the limits of a cluster's own queue along", async () => {
    const desk = await openAppliedDesk({
      ...REPOSITORY,
      "clusters/c1.yaml": "name: c1\npool: prod\nqueue: {depth: 5}\n",
    });
    const { out, plan } = await importTo(desk, "out");
    expect(readFileSync(join(out, "clusters/c1.yaml"), "utf8")).toBe("name: c1\npool: prod\nqueue:\n  depth: 5\n");
    expect(await plan()).toEqual(EMPTY);
  });

  test("writes settings of every project, and the rows of flyteadmin that can be written", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const put = async (path: string, body: object) => {
      const answer = await fetch(`${desk.served.url}/api/v1${path}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(await answer.text());
    };
    const pool = { attributes: { matching_attributes: { cluster_assignment: { cluster_pool_name: "prod" } } } };
    await put("/project_attributes/flytesnacks", labelBody("gpu"));
    await put("/project_domain_attributes/flytesnacks/development", pool);
    await put("/workflow_attributes/flytesnacks/development/My.wf", labelBody("Cpu"));
    const attributes = { execution_cluster_label: { value: "x" } };
    await desk.post("/mutate", {
      op: "create",
      kind: "attributes",
      name: "flytesnacks/development/a/b",
      object: attributes,
    });
    const labels = {
      op: "create",
      kind: "settings",
      name: "development/flytesnacks",
      object: { labels: { team: "ml" } },
    };
    await desk.post("/mutate", labels);
    const { code, stderr, files, plan } = await importTo(desk, "out", "--flyteadmin-endpoint", desk.served.url);
    expect(code).toBe(0);
    expect(files().filter((file) => !/^(pools|clusters|queues)/.test(file))).toEqual([
      "cluster-pool-attributes/flytesnacks.development.yaml",
      expect.stringMatching(/^execution-cluster-labels\/flytesnacks\.development\.my-wf~[0-9a-f]{12}\.yaml$/),
      "execution-cluster-labels/flytesnacks.yaml",
      TARGET_FILE,
      "settings/development.flytesnacks.yaml",
    ]);
    expect(stderr).toMatch(/execution_cluster_label\.flytesnacks\/development\/a\/b: the workflow's name has a \//);
    expect(await plan()).toEqual(EMPTY);
  });

  test("needs no Union control plane where there is a flyteadmin", async () => {
    const desk = await openDesk();
    const row = { execution_cluster_label: { value: "gpu" } };
    await desk.post("/mutate", { op: "create", kind: "attributes", name: "flytesnacks", object: row });
    const out = join(desk.folder, "out");
    const env = { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "", POOLKEEPER_FLYTEADMIN_ENDPOINT: desk.served.url };
    const imported = await desk.run(["import", "--out", out, "--deliver", join(desk.folder, "delivered")], env);
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Wrote 1 file/) });
    expect(imported.stderr).toMatch(/no Union control plane is configured[\s\S]*keep the FlyteClusters manifest/);
    const { code, stdout } = await desk.run(["plan", out, "--json", "--detailed-exitcode"], env);
    expect({ code, changes: JSON.parse(stdout).changes }).toEqual(EMPTY);
  });

  test("gives what a store adopts without a change", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const { out } = await importTo(desk, "out");
    const store = ["--store", join(desk.folder, "store")];
    expect((await desk.run(["apply", out, "--auto-approve", ...store])).stdout).toMatch(
      /adopted[\s\S]*No changes to make/,
    );
    expect(await desk.run(["drift", out, ...store])).toMatchObject({ code: 0, stdout: "No drift.\n" });
  });

  test("says what was not looked at, and looks at the scopes that --scope names", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/mutate", {
      op: "create",
      kind: "settings",
      name: "dev/ml",
      object: { environment_variables: { A: "1" }, labels: { team: "ml" } },
    });
    const without = await importTo(desk, "without");
    expect(without.stderr).toMatch(
      /Not read:[\s\S]*settings of other scopes[\s\S]*no flyteadmin is configured[\s\S]*cluster pool maps/,
    );
    expect(without.files()).not.toContain("settings/dev.ml.yaml");
    const { stderr, files } = await importTo(desk, "with", "--scope", "dev/ml");
    expect(files()).toContain("settings/dev.ml.yaml");
    expect(stderr).toMatch(
      /settings\.acme\/dev\/ml: environment_variables\.A: sensitive values are never written into files/,
    );
  });

  test("overwrites nothing: the same files are fine, others are named and stay", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const first = await importTo(desk, "out");
    expect((await importTo(desk, "out")).stdout).toMatch(/^Wrote 0 files to .*; 7 files unchanged/);
    writeFileSync(join(first.out, "queues/any.yaml"), "# mine\n");
    const second = await importTo(desk, "out");
    expect(second).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/other files of these names: queues\/any\.yaml\. Nothing was written/),
    });
    expect(readFileSync(join(first.out, "queues/any.yaml"), "utf8")).toBe("# mine\n");
    desk.write({ "queues/more.yaml": REPOSITORY["queues/any.yaml"]?.replace("any", "more") ?? "" });
    const third = await desk.run(["import", "--out", desk.repository]);
    expect(third).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/already contains manifests: queues\/more\.yaml/),
    });
  });

  test("does not write through a link, nor where a folder can't be made", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const out = join(desk.folder, "out");
    mkdirSync(join(out, "pools"), { recursive: true });
    symlinkSync(join(desk.folder, "elsewhere"), join(out, "pools", "prod.yaml"));
    expect(await desk.run(["import", "--out", out])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/pools\/prod\.yaml/),
    });
    expect(existsSync(join(desk.folder, "elsewhere"))).toBe(false);
    writeFileSync(join(desk.folder, "file"), "");
    expect((await desk.run(["import", "--out", join(desk.folder, "file")])).code).toBe(1);
  });

  test.each(["import", "init"])(
    "%s does not write through a linked folder, of which nothing was said",
    async (command) => {
      const desk = await openAppliedDesk(REPOSITORY);
      const out = join(desk.folder, "out");
      const elsewhere = join(desk.folder, "elsewhere");
      for (const folder of [out, elsewhere]) mkdirSync(folder);
      for (const name of ["pools", "queues", ".github"]) symlinkSync(elsewhere, join(out, name));
      expect(await desk.run(command === "init" ? ["init", out] : ["import", "--out", out])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/has symbolic links in place of folders: .*pools.*Nothing was written/),
      });
      expect(globSync("*", { cwd: elsewhere })).toEqual([]);
      expect(globSync("*", { cwd: out }).toSorted()).toEqual(["pools", "queues"]);
    },
  );

  test("has nothing to write for an empty organization, and needs a control plane and --out", async () => {
    const desk = await openDesk();
    const { code, stdout, out } = await importTo(desk, "out");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "There is nothing to import.\n" });
    expect(existsSync(out)).toBe(false);
    expect((await desk.run(["import"])).stderr).toMatch(/poolkeeper import needs --out/);
    expect((await desk.run(["import", "--out", out, "--endpoint", "http://127.0.0.1:9"])).code).toBe(1);
  });
});

describe("poolkeeper init", () => {
  test("starts a repository that is valid, and into which an import fits", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const out = join(desk.folder, "out");
    expect(await desk.run(["init", out])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Wrote 22 files[\s\S]*poolkeeper import --out/),
    });
    expect(await desk.run(["validate", out])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Valid: 0 cluster pools/),
    });
    const { code, plan } = await importTo(desk, "out");
    expect(code).toBe(0);
    expect(readFileSync(join(out, "poolkeeper.target.yaml"), "utf8")).toMatch(/^# .*\norg: acme\n$/);
    expect(await plan()).toEqual(EMPTY);
  });

  test("is of its organization from the import on: another one is refused, and not imported into it", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const { out } = await importTo(desk, "out");
    expect(await desk.run(["plan", out, "--org", "other"])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /for organization "acme", but was read for organization "other"[\s\S]*poolkeeper\.target\.yaml:2:6/,
      ),
    });
    writeFileSync(join(out, "poolkeeper.target.yaml"), "org: other\n");
    expect(await desk.run(["import", "--out", out])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /poolkeeper\.target\.yaml: This folder is for organization "other"[\s\S]*Nothing was written/,
      ),
    });
    writeFileSync(join(out, "poolkeeper.target.yaml"), "targets: [prod]\n");
    expect((await importTo(desk, "out")).code).toBe(0);
    expect(readFileSync(join(out, "poolkeeper.target.yaml"), "utf8")).toBe("targets: [prod]\n");
  });

  test("leaves files that are there as they are", async () => {
    const desk = await openDesk();
    desk.write({ "README.md": "mine\n" });
    const { code, stdout } = await desk.run(["init", desk.repository]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Wrote 21 files to .*; 1 file already there, unchanged/),
    });
    expect(readFileSync(join(desk.repository, "README.md"), "utf8")).toBe("mine\n");
  });
});
