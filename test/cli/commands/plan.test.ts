import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../systems/control-plane/fixtures/make-certificate.ts";
import { MOVED, pool, REPOSITORY } from "../manifests.ts";
import { openAppliedDesk, openDesk } from "../run-program.ts";

describe("poolkeeper plan", () => {
  test("--json has every field of the contract, and nothing else is on stdout", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(MOVED);
    const { code, stdout } = await desk.run(["plan", desk.repository, "--json"]);
    const plan = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(plan.changes).toContainEqual({
      address: "cluster.c1",
      physical_name: "c1",
      previous_physical_name: null,
      action: "move",
      before: expect.objectContaining({ pool: "prod" }),
      after: expect.objectContaining({ pool: "dev" }),
      replace_paths: [],
      action_reason: "pool_differs",
      origin: "unknown",
    });
    expect(plan.steps[0]).toEqual({
      id: expect.any(String),
      address: expect.any(String),
      kind: expect.any(String),
      physical_name: expect.any(String),
      op: expect.any(String),
      phase: null,
      set: expect.anything(),
      after: [],
      until: null,
      timeout_ms: null,
    });
    expect(plan.effects).toContainEqual({ address: "cluster.c1", grade: "all", disruption: "move" });
    expect(plan.checks[0]).toEqual({ name: "schema", status: "pass", message: "", addresses: [] });
    expect(plan.summary).toEqual({ add: 0, change: 2, replace: 0, destroy: 0 });
    expect(plan.routing).toContainEqual({ queue: "batch", before: ["c1", "c2"], after: ["c2"] });
    expect(plan.notices[0]).toEqual({
      code: expect.any(String),
      message: expect.any(String),
      addresses: expect.any(Array),
      queues: ["c1"],
    });
    expect(plan.impact).toEqual(expect.any(Array));
    for (const hash of [plan.digest, plan.live_digest, plan.checksum]) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test("a pool change on 2026-07 is one replacement, forced by the path pool", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-07");
    desk.write(MOVED);
    const { stdout } = await desk.run(["plan", desk.repository, "--json"]);
    const plan = JSON.parse(stdout);
    expect(plan.summary).toEqual({ add: 0, change: 1, replace: 1, destroy: 0 });
    expect(plan.changes.find(({ address }: { address: string }) => address === "cluster.c1")).toMatchObject({
      action: "replace",
      physical_name: "c1-dev",
      replace_paths: [["pool"]],
    });
  });

  test("--detailed-exitcode: 2 with changes, 0 without; it writes nothing", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    const writes = desk.served.model.journal.length;
    const none = await desk.run(["plan", desk.repository, "--detailed-exitcode"]);
    desk.write(MOVED);
    const [some, plain] = await Promise.all([
      desk.run(["plan", desk.repository, "--detailed-exitcode"]),
      desk.run(["plan", desk.repository]),
    ]);
    expect([none.code, some.code, plain.code]).toEqual([0, 2, 0]);
    expect(none.stdout).toContain("No changes. The control plane matches the manifests.\n");
    expect(desk.served.model.journal).toHaveLength(writes);
  });

  const findCheck = ({ stdout }: { stdout: string }, wanted: string) =>
    JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === wanted);

  test("a failed check: the plan is printed all the same and the exit code is 4; --allow lets it through once", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/report", {
      cluster: "c3",
      operator_cluster_data: {
        object_store_ref: { uri: "s3://bucket-dev", endpoint: "" },
        secret_store: { type: "KUBERNETES", locator: "secrets" },
      },
    });
    desk.write({ "pools/dev.yaml": pool("dev").replace("locator: secrets", "locator: vault") });
    const [blocked, allowed, again] = await Promise.all([
      desk.run(["plan", desk.repository, "--json", "--detailed-exitcode"]),
      desk.run(["plan", desk.repository, "--json", "--detailed-exitcode", "--allow", "contract"]),
      desk.run(["plan", desk.repository]),
    ]);
    const failed = { status: "fail", addresses: ["cluster_pool.dev"] };
    expect([blocked.code, findCheck(blocked, "contract")]).toMatchObject([4, failed]);
    expect([allowed.code, findCheck(allowed, "contract")]).toMatchObject([2, { status: "warn", allowed: true }]);
    const hint = "Blocked by contract. To override for this run: --allow contract";
    expect([again.code, again.stdout]).toEqual([4, expect.stringContaining(hint)]);
  });

  test("a check that fails where the control plane refuses: exit code 4 whatever is allowed, and nothing offers to let it through", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/apps", { cluster: "c1", apps: 2 });
    desk.write(MOVED);
    const [allowed, shown] = await Promise.all([
      desk.run(["plan", desk.repository, "--json", "--detailed-exitcode", "--allow", "apps"]),
      desk.run(["plan", desk.repository]),
    ]);
    const failed = { status: "fail", addresses: ["cluster.c1"], refused: ["cluster.c1"] };
    expect([allowed.code, findCheck(allowed, "apps")]).toMatchObject([4, failed]);
    expect([shown.code, shown.stdout]).toEqual([4, expect.stringMatching(/Blocked by apps\.\n/)]);
  });

  test("--markdown and text show the same count", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(MOVED);
    const [markdown, text] = await Promise.all([
      desk.run(["plan", desk.repository, "--markdown"]),
      desk.run(["plan", desk.repository]),
    ]);
    for (const { code, stdout } of [markdown, text]) {
      expect(code).toBe(0);
      expect(stdout).toContain("0 to add, 2 to change, 0 to replace, 0 to destroy");
    }
  });

  test("--out saves what show shows, for its owner's eyes only", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(MOVED);
    const file = join(desk.folder, "plan.json");
    const planned = await desk.run(["plan", desk.repository, "--out", file]);
    const [text, json, markdown] = await Promise.all([
      desk.run(["show", file]),
      desk.run(["show", file, "--json"]),
      desk.run(["show", file, "--markdown"]),
    ]);
    expect([text.code, text.stdout]).toEqual([0, planned.stdout]);
    const { inputs, made_by, checksum: _whole, ...saved } = JSON.parse(readFileSync(file, "utf8"));
    const { checksum: _part, ...shown } = JSON.parse(json.stdout);
    expect(shown).toEqual(saved);
    expect(inputs.manifests).toContainEqual({
      ...{ file: "clusters/c1.yaml", line: 1 },
      body: { name: "c1", pool: "dev" },
    });
    expect(made_by).toMatch(/^\d+\.\d+\.\d+$/);
    expect(text.stderr).toContain("anyone may have written it");
    expect(markdown.code).toBe(0);
  });

  test("one call that is not answered within --timeout: exit 1 that says timeout", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    await desk.post("/faults", { method: "ListClusters", hang: true, count: 20 });
    const { code, stdout, stderr } = await desk.run(["plan", desk.repository, "--timeout", "1s"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/timed out.*--timeout/);
  });

  test("the connection comes from flags before variables, and without any it is told what to give", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const elsewhere = { POOLKEEPER_ENDPOINT: "http://127.0.0.1:9", POOLKEEPER_ORG: "other" };
    const flags = ["--endpoint", desk.served.url, "--org", "acme"];
    const [byFlags, none] = await Promise.all([
      desk.run(["plan", desk.repository, ...flags], elsewhere),
      desk.run(["plan", desk.repository], { POOLKEEPER_ENDPOINT: "" }),
    ]);
    expect(byFlags.code).toBe(0);
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/--endpoint.*POOLKEEPER_ENDPOINT/s)]);
  });

  test("a token comes from flag or variable and is in no output", async () => {
    const desk = await openDesk("2026-11", { token: "right-token-5417" });
    desk.write(REPOSITORY);
    const [byVariable, wrong, none] = await Promise.all([
      desk.run(["plan", desk.repository, "--json"], { POOLKEEPER_TOKEN: "right-token-5417" }),
      desk.run(["plan", desk.repository, "--token", "wrong-token-9931"]),
      desk.run(["plan", desk.repository]),
    ]);
    expect([byVariable.code, wrong.code, none.code]).toEqual([0, 1, 1]);
    const said = [byVariable, wrong, none].map(({ stdout, stderr }) => stdout + stderr).join("");
    expect(said).not.toMatch(/right-token-5417|wrong-token-9931/);
  });
});

test("the command that carries a plan out is one that a shell takes, whatever the folder is called", async () => {
  const desk = await openDesk();
  const folder = join(desk.folder, "it's; $(mine)");
  mkdirSync(join(folder, "pools"), { recursive: true });
  writeFileSync(join(folder, "pools", "prod.yaml"), pool("prod"));
  const { stderr } = await desk.run(["plan", "it's; $(mine)"]);
  expect(stderr).toContain("To apply it: poolkeeper apply 'it'\\''s; $(mine)', with the same options");
});

test("the command that applies a saved plan reaches servers whose certificate the plan needed a file for, or none", async () => {
  const tls = makeCertificate(["localhost"]);
  const desk = await openDesk("2026-11", { tls });
  desk.write({ "pools/prod.yaml": pool("prod") });
  const [file, caFile] = [join(desk.folder, "plan.json"), join(desk.folder, "ca.pem")];
  writeFileSync(caFile, tls.cert);
  const endpoint = desk.served.url.replace("127.0.0.1", "localhost");
  for (const reached of [["--ca-file", caFile], ["--insecure-skip-verify"]]) {
    const args = ["--endpoint", endpoint, "--org", "acme", ...reached];
    const { stderr } = await desk.run(["plan", desk.repository, ...args, "--out", file]);
    expect(stderr).toContain(["apply", file, ...args].join(" "));
    const unnamed = await desk.run(["apply", file, ...reached], { POOLKEEPER_ENDPOINT: "", POOLKEEPER_ORG: "" });
    expect(unnamed.stderr).toContain(["apply", file, ...args].join(" "));
  }
  const [, command = ""] =
    /To apply it: poolkeeper (.*)/.exec(
      (
        await desk.run([
          "plan",
          desk.repository,
          "--endpoint",
          endpoint,
          "--org",
          "acme",
          "--ca-file",
          caFile,
          "--out",
          file,
        ])
      ).stderr,
    ) ?? [];
  const applied = await desk.run([...command.split(" "), "--auto-approve"]);
  expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
});
