import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runDeployTool } from "../set-up/deploy-tools.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const UNIT = join(import.meta.dirname, "..", "..", "deploy", "systemd", "poolkeeper.service");
const TEXT = readFileSync(UNIT, "utf8");

/**
 * Rules of the linter that say nothing here: it takes a UMask of 0077 for an open one, wants cgroups to be delegated, and does not know `OOMPolicy=`, which
 * systemd has in `[Service]` since version 243.
 */
const MISTAKEN = /\[Security\.(UMaskOW|Delegate)\]|\[InvalidSetting\] - OOMPolicy is not supported in section Service/;

/** What the linter says of a unit, without where and what it is mistaken in. */
async function lint(file: string): Promise<readonly string[]> {
  const { stderr, stdout } = await runDeployTool("systemdlint", ["--norootfs", file]);
  return (stdout + stderr).split(/\n(?=\/)/).filter((line) => line.trim() !== "" && !MISTAKEN.test(line));
}

/** The values of a directive, in their order. */
function valuesOf(name: string): readonly string[] {
  return [...TEXT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value ?? "");
}

describe("the systemd unit", () => {
  test("systemdlint finds nothing", async () => {
    expect(await lint(UNIT)).toEqual([]);
  });

  test("a directive that does not exist is found by systemdlint", async () => {
    const file = join(makeTemporaryFolder(), "poolkeeper.service");
    writeFileSync(file, TEXT.replace("ProtectSystem=", "ProtectSystm="));
    expect((await lint(file)).join("\n")).toContain("ProtectSystm");
  });

  test("it reloads by SIGHUP, and gives calls under way the time to end", () => {
    expect(valuesOf("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
    expect(valuesOf("TimeoutStopSec")).toEqual(["90"]);
    expect(valuesOf("RestartForceExitStatus")).toEqual(["SIGHUP"]);
  });

  test("the daemon is a user of its own that may write to its state alone", () => {
    expect(valuesOf("DynamicUser")).toEqual(["yes"]);
    expect(valuesOf("ProtectSystem")).toEqual(["strict"]);
    expect(valuesOf("StateDirectory")).toEqual(["poolkeeper"]);
    expect(valuesOf("NoNewPrivileges")).toEqual(["yes"]);
    expect(valuesOf("CapabilityBoundingSet")).toEqual([""]);
    expect(valuesOf("ReadWritePaths")).toEqual([]);
  });
});
