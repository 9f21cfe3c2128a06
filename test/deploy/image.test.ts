import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runDeployTool } from "../set-up/deploy-tools.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const DOCKERFILE = readFileSync(join(ROOT, "Dockerfile"), "utf8");

describe("the image", () => {
  test("hadolint finds nothing", async () => {
    const { stdout } = await runDeployTool("hadolint", [join(ROOT, "Dockerfile")]);
    expect(stdout).toBe("");
  });

  test("a bad line is found by hadolint", async () => {
    const { stdout } = await runDeployTool("hadolint", ["-"], "FROM node:latest\nRUN cd /tmp\n");
    expect(stdout).toContain("DL3007");
  });

  test("it runs on the Node that the project pins, and as a user with a number that is not root", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const bases = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(new Set(bases)).toEqual(new Set([`node:${devDependencies.node}-bookworm-slim`]));
    expect(DOCKERFILE).toMatch(/^USER 1000:1000$/m);
  });

  test("mirrors of repositories and compiled code are in its volume, and not in a folder for temporary files, whatever the store is", () => {
    const [, volume] = /^VOLUME \["([^"]+)"\]$/m.exec(DOCKERFILE) ?? [];
    const [, cache] = /^ENV .*\bXDG_CACHE_HOME=(\S+)/m.exec(DOCKERFILE) ?? [];
    expect(volume).toBe("/var/lib/poolkeeper");
    expect(cache).toBe(volume);
    const chart = readFileSync(join(ROOT, "deploy", "helm", "poolkeeper", "templates", "deployment.yaml"), "utf8");
    expect(chart).toContain(`            - name: data\n              mountPath: ${volume}\n`);
  });

  test("the version that it is labelled with is the package's and the chart's", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const chart = readFileSync(join(ROOT, "deploy", "helm", "poolkeeper", "Chart.yaml"), "utf8");
    expect(DOCKERFILE).toContain(`ARG VERSION=${version}\n`);
    expect(chart).toContain(`\nappVersion: ${version}\n`);
  });
});
