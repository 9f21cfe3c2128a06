import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checksumOf } from "../../src/cli/saved-plan/format-plan.ts";
import { canonicalJson } from "../../src/plan/compare/digest-plan.ts";
import { queue, REPOSITORY } from "../cli/manifests.ts";
import { type Desk, openAppliedDesk, openDesk } from "../cli/run-program.ts";
import { flyteClusters } from "../cli/systems.ts";

/**
 * The attacker writes the plan file, knows the source, and computes every hash in it again. The file is then shown to a person, or
 * applied by a job, on a machine with tokens, a store and manifests of its own. The attacker holds no plan key.
 */

// biome-ignore lint: the shape of a forged file is whatever the attacker likes
type Forged = any;

/** Saves a plan of the desk's folder, lets the attacker change it, and computes its hash again as anybody can. */
async function forge(desk: Desk, alter: (plan: Forged) => void, flags: readonly string[] = []): Promise<string> {
  const file = join(desk.folder, "plan.json");
  const { code, stderr } = await desk.run(["plan", desk.repository, "--out", file, ...flags]);
  if (code !== 0) throw new Error(stderr);
  const plan: Forged = JSON.parse(readFileSync(file, "utf8"));
  alter(plan);
  const { checksum: _checksum, ...content } = plan;
  writeFileSync(file, JSON.stringify({ ...content, checksum: checksumOf(canonicalJson(content)) }));
  return file;
}

const apply = (desk: Desk, file: string, ...flags: readonly string[]) =>
  desk.run(["apply", file, "--auto-approve", ...flags]);

/** Every call that wrote something, by what the control plane noted. */
const writes = (desk: Desk) => desk.served.model.journal.length;

describe("a plan file whose hash was computed again", () => {
  test("shows one change and does others in its steps", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const file = await forge(desk, (plan) => {
      for (const step of plan.steps) step.set = { ...step.set, clusters: ["c1"], depth: 9_999, run_concurrency: 1 };
    });
    const before = writes(desk);
    const { code, stderr } = await apply(desk, file);
    expect(writes(desk)).toBe(before);
    expect([code, stderr]).toEqual([5, expect.stringContaining("own steps do not follow from its manifests")]);
    expect(stderr).toContain("queue.any");
    expect(desk.served.model.state.queue.rows.get("any")?.spec.depth).not.toBe(9_999);
  });

  test("drains a protected queue and counts nothing to destroy", async () => {
    const protectedQueue = queue("batch", "prod", ["c1", "c2"], "lifecycle: { prevent_destroy: true }\n");
    const desk = await openAppliedDesk({ ...REPOSITORY, "queues/batch.yaml": protectedQueue });
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const file = await forge(desk, (plan) => {
      const [step] = plan.steps;
      const drain = { ...step, id: "queue.any/drain/queue.batch", physical_name: "batch", op: "drain", set: null };
      plan.steps.push({ ...drain, after: [step.id] });
    });
    const before = writes(desk);
    const { code } = await apply(desk, file, "--concise");
    expect([code, writes(desk)]).toEqual([5, before]);
    expect(desk.served.model.state.queue.rows.get("batch")?.state).toBe("active");
  });

  test("writes a file that nobody was shown into a folder that it names", async () => {
    const desk = await openDesk();
    const [output, home] = [join(desk.folder, "output"), join(desk.folder, "victim")];
    for (const folder of [output, home]) mkdirSync(folder);
    desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1") });
    const file = await forge(
      desk,
      (plan) => {
        plan.target.delivery = home;
        for (const step of plan.steps) {
          if (step.kind === "flyte_clusters")
            step.set.files = { ".ssh/authorized_keys": "ssh-ed25519 AAAA attacker\n" };
        }
      },
      ["--deliver", output],
    );
    for (const flags of [[], ["--deliver", output], ["--deliver", home]]) {
      expect((await apply(desk, file, "--concise", ...flags)).code).not.toBe(0);
    }
    expect([readdirSync(home), readdirSync(output)]).toEqual([[], []]);
  });

  test("names a revision that it was not made from", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const file = await forge(desk, (plan) => {
      plan.revision = "a".repeat(40);
    });
    const before = writes(desk);
    const { code, stderr } = await apply(desk, file);
    expect([code, writes(desk)]).toEqual([5, before]);
    expect(stderr).toContain("revision");
  });

  test("makes a store in a folder that it names", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const store = join(desk.folder, "anywhere", "store");
    const file = await forge(desk, (plan) => {
      plan.options.store = store;
    });
    const { code, stderr } = await apply(desk, file);
    expect([code, existsSync(store)]).toEqual([1, false]);
    expect(stderr).toContain(`--store ${store}`);
  });

  test("gets the user's token sent to an endpoint that it names", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const { url, heard } = await listen();
    const file = await forge(desk, (plan) => {
      plan.target.endpoint = url;
    });
    const nowhere = { POOLKEEPER_ENDPOINT: "", POOLKEEPER_TOKEN: "the-users-token" };
    const unasked = await desk.run(["apply", file, "--auto-approve"], nowhere);
    const elsewhere = await desk.run(["apply", file, "--auto-approve"], { POOLKEEPER_TOKEN: "the-users-token" });
    expect([unasked.code, elsewhere.code, heard]).toEqual([1, 1, []]);
  });
});

/** A server of the attacker's, and every request that it got. */
async function listen(): Promise<{ readonly url: string; readonly heard: readonly string[] }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization ?? ""}`);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}
