import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { MOVED, REPOSITORY } from "../manifests.ts";
import { homeIn, openAppliedDesk, openDesk } from "../run-program.ts";

const EXAMPLE = join(import.meta.dirname, "..", "..", "..", "examples", "flyte-config-repo");

describe("poolkeeper graph", () => {
  test("draws the desired state with what the plan changes marked, the same each time", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(MOVED);
    const draw = () => desk.run(["graph", desk.repository, "--format", "mermaid"]);
    const [first, second] = await Promise.all([draw(), draw()]);
    expect([first.code, second.stdout]).toEqual([0, first.stdout]);
    await expect(first.stdout).toMatchFileSnapshot(join(import.meta.dirname, "pictures", "cluster-moves.mmd"));
  });

  test("everything is new on a control plane that has nothing, and nothing is marked once it is applied", async () => {
    const [empty, applied] = [await openDesk(), await openAppliedDesk(REPOSITORY)];
    empty.write(REPOSITORY);
    const draw = async ({ run, repository }: typeof empty) => (await run(["graph", repository])).stdout;
    const [before, after] = await Promise.all([draw(empty), draw(applied)]);
    expect(before).toMatch(
      /^<svg [\s\S]*>\+ pool prod<[\s\S]*>\+ c1<[\s\S]*>\+ batch<[\s\S]*>\+ created<[\s\S]*<\/svg>\n$/,
    );
    expect(after).toMatch(/>pool prod<[\s\S]*>c1</);
    expect(after).not.toMatch(/>[-+~] /);
  });
});

describe("poolkeeper graph without a control plane", () => {
  const folder = makeTemporaryFolder;
  const run = (cwd: string, ...args: readonly string[]) => runInProcess(["graph", ...args], homeIn(cwd), cwd);

  test.each(["svg", "dot", "mermaid"])(
    "draws what manifests alone say as %s, to stdout or into a file",
    async (format) => {
      const cwd = folder();
      const [printed, saved] = await Promise.all([
        run(cwd, EXAMPLE, "--format", format),
        run(cwd, EXAMPLE, "--format", format, "--out", "picture"),
      ]);
      expect([printed.code, saved.code, saved.stdout]).toEqual([0, 0, ""]);
      expect(readFileSync(join(cwd, "picture"), "utf8")).toBe(printed.stdout);
      expect(printed.stdout).toMatch({ svg: /^<svg /, dot: /^digraph /, mermaid: /^flowchart LR\n/ }[format] ?? /^$/);
      expect(printed.stdout).toContain("production-cluster-1");
      expect(printed.stderr).toContain("no control plane is configured");
    },
  );

  test("a file that can't be written is an error that says so", async () => {
    const { code, stderr } = await run(folder(), EXAMPLE, "--out", "nowhere/picture.svg");
    expect([code, stderr]).toEqual([1, expect.stringContaining("The picture can't be saved in nowhere/picture.svg")]);
  });
});
