import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { openForgedWorld } from "./open-forged-world.ts";

const SECRET = "hunter22-first";
const ROTATED = "hunter22-second";

const settings = (reference: string) => `settings:\n  labels:\n    team: ml\n    key: ${reference}\n`;

/** The organization's labels as they are live. */
const labelsOf = ({ served }: Pick<Awaited<ReturnType<typeof openDaemonWorld>>, "served">) =>
  served.model.state.setting.rows.get("")?.values.labels;

/** A daemon that may read the files below a folder of secrets; `rotate` replaces the one that is there. */
async function openReferring(policy: Readonly<Record<string, unknown>> = {}) {
  const world = await openDaemonWorld();
  const folder = join(world.folder, "secrets");
  mkdirSync(folder);
  const rotate = (value: string) => writeFileSync(join(folder, "key"), `${value}\n`);
  rotate(SECRET);
  const daemon = await world.start({ policy, target: { references: { env: ["KEY"], files: ["./secrets/"] } } });
  const shown = async () => {
    const { last_pass } = await daemon.target();
    const paths = [
      "",
      "targets/prod",
      "api/v1/targets/prod",
      `plans/${last_pass?.digest}`,
      `api/v1/plans/${last_pass?.digest}`,
    ];
    const headers = { authorization: "Bearer token-of-a-reader-0001" };
    const pages = await Promise.all(
      paths.map(async (path) => (await fetch(`${daemon.url}/${path}`, { headers })).text()),
    );
    return [...pages, ...world.log].join("\n");
  };
  return { world, daemon, folder, rotate, shown };
}

describe("a reference that the configuration allows", () => {
  test("is resolved by each pass: a file that was replaced is applied like a commit, and shown nowhere", async () => {
    const { world, daemon, folder, rotate, shown } = await openReferring();
    const revision = await daemon.push({ "settings/org.yaml": settings(`{file: ${folder}/key}`) });
    await daemon.untilApplied(revision);
    expect(labelsOf(world)).toEqual({ team: "ml", key: SECRET });
    rotate(ROTATED);
    await daemon.send("/targets/prod/reconcile", {}, "operate");
    await expect.poll(() => labelsOf(world)).toEqual({ team: "ml", key: ROTATED });
    await daemon.untilApplied(revision);
    expect(await shown()).not.toContain("hunter22");
  });

  test("waits for an approval where changes do, and tells that the value differs", async () => {
    const { world, daemon, rotate, folder, shown } = await openReferring({ auto_apply: "create" });
    const revision = await daemon.push({ "settings/org.yaml": settings(`{file: ${folder}/key}`) });
    await daemon.untilApplied(revision);
    rotate(ROTATED);
    await daemon.send("/targets/prod/reconcile", {}, "operate");
    await daemon.untilState("AwaitingApproval");
    expect(labelsOf(world)).toEqual({ team: "ml", key: SECRET });
    expect(await shown()).toContain("(sensitive)");
    expect(await shown()).not.toContain("hunter22");
    await daemon.approve();
    await expect.poll(() => labelsOf(world)).toEqual({ team: "ml", key: ROTATED });
  });

  test("that gives no value is told with its place, and taken up once it does", async () => {
    const { world, daemon } = await openReferring();
    const revision = await daemon.push({ "settings/org.yaml": settings("{env: KEY}") });
    const invalid = await daemon.untilState("Invalid", revision);
    expect(invalid.status.message).toContain("settings/org.yaml:4");
    expect(invalid.good_revision).toBe(revision);
    expect(labelsOf(world)).toBeUndefined();
    world.env.KEY = SECRET;
    await daemon.untilApplied(revision);
    expect(labelsOf(world)).toEqual({ team: "ml", key: SECRET });
  });
});

describe("a request", () => {
  const target = { references: { env: ["KEY"] } };
  const files = { "settings/org.yaml": settings("{env: OTHER}") };

  test("that refers to what is not allowed is told so at its place, whatever it is", async () => {
    const { propose, untilSaid, comment, world } = await openForgedWorld({
      settings: { target },
      env: { KEY: SECRET, OTHER: "hunter22-other" },
    });
    const number = await propose("refer", files);
    await untilSaid(number, /settings\/org\.yaml/);
    expect(comment(number)).toContain("is not allowed for this target");
    expect(comment(number) + world.log.join("\n")).not.toContain("hunter22");
  });

  test("that takes a reference out shows neither its value nor what stands in its place now", async () => {
    const { propose, untilSaid, comment, world, daemon } = await openForgedWorld({
      settings: { target },
      env: { KEY: SECRET },
    });
    await daemon.untilApplied(await daemon.push({ "settings/org.yaml": settings("{env: KEY}") }));
    const number = await propose("open", { "settings/org.yaml": settings("open") });
    await untilSaid(number, /settings\.acme/);
    expect(comment(number)).toContain("(sensitive)");
    expect(comment(number) + world.log.join("\n")).not.toContain("hunter22");
  });
});
