import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Desk, openDesk } from "./run-program.ts";
import { label } from "./systems.ts";

const WIDE = "execution-cluster-labels/team1.yaml";
const STRANGERS = ["one", "two", "three"].map((workflow) => `team1/development/${workflow}`);

/** A desk that owns the label of a domain, below which strangers have theirs; its manifest is gone. */
async function openStrangersBelow(): Promise<Desk & { readonly flags: readonly string[] }> {
  const desk = await openDesk();
  const flags = ["--flyteadmin-endpoint", desk.served.url, "--store", "store"];
  desk.write({ [WIDE]: label("team1", "wide"), "execution-cluster-labels/kept.yaml": label("project1", "kept") });
  expect((await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).code).toBe(0);
  for (const name of STRANGERS) {
    await desk.post("/mutate", {
      op: "create",
      kind: "attributes",
      name,
      object: { execution_cluster_label: { value: name } },
    });
  }
  rmSync(join(desk.repository, WIDE));
  return { ...desk, flags };
}

const labelsOf = ({ served }: Desk) =>
  [...served.flyteadmin.state.attributes.values()]
    .map(({ project, domain, workflow }) => [project, domain, workflow].filter((part) => part !== "").join("/"))
    .sort();

describe("an apply that is killed with SIGKILL between a cascading delete and its put-backs", () => {
  test.each([0, 2])(
    "with %i of them done: the next plan shows what is missing and the next apply puts it back",
    async (done) => {
      const desk = await openStrangersBelow();
      await desk.post("/faults", { method: "UpdateWorkflowAttributes", after: done, hang: true, count: 10 });
      // The next run waits for as long as a call of this one may still arrive.
      const started = desk.start(["apply", desk.repository, "--auto-approve", "--timeout", "2s", ...desk.flags]);
      const isDeleted = () => !labelsOf(desk).includes("team1/development");
      await expect.poll(() => isDeleted() && labelsOf(desk).length === 1 + done).toBe(true);
      started.kill("SIGKILL");
      await started.ended;
      await fetch(`${desk.served.adminUrl}/faults`, { method: "DELETE" });
      const missing = STRANGERS.filter((name) => !labelsOf(desk).includes(name));
      expect(missing).toHaveLength(STRANGERS.length - done);
      const planned = await desk.run(["plan", desk.repository, "--json", ...desk.flags]);
      const { changes } = JSON.parse(planned.stdout);
      expect(changes).toMatchObject(
        missing.toSorted().map((name) => ({
          address: `execution_cluster_label.${name}`,
          action: "put_back",
          action_reason: "displaced",
        })),
      );
      expect((await desk.run(["apply", desk.repository, "--auto-approve", ...desk.flags])).code).toBe(0);
      expect(labelsOf(desk)).toEqual(["project1/development", ...STRANGERS].sort());
      const again = await desk.run(["plan", desk.repository, "--detailed-exitcode", ...desk.flags]);
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("No changes.")]);
    },
  );

  test("without a store it does not come to that: the check cascade blocks, and names the way out", async () => {
    const desk = await openStrangersBelow();
    const named = STRANGERS.slice(1).map((_, index) => `execution-cluster-labels/wf${index}.yaml`);
    desk.write(Object.fromEntries(named.map((file, index) => [file, `${label("team1", "x")}workflow: wf${index}\n`])));
    await desk.run(["apply", desk.repository, "--auto-approve", ...desk.flags, "--prune", "none"]);
    const flags = desk.flags.slice(0, 2);
    const { code, stdout } = await desk.run(["apply", desk.repository, "--auto-approve", "--prune", "all", ...flags]);
    expect([code, stdout]).toEqual([4, expect.stringMatching(/cascade: .*use --store/)]);
    expect(labelsOf(desk)).toContain("team1/development");
  });
});
