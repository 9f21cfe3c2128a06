import { execFile } from "node:child_process";
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const DESCRIPTION: { version: string; dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);

/** How a strict application compiles; declarations are checked too. */
const STRICT = {
  ...{ noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, isolatedModules: true },
  ...{ module: "nodenext", target: "es2024", lib: ["es2024", "esnext.disposable"] },
  ...{ types: ["node"], typeRoots: [join(ROOT, "node_modules", "@types")] },
};

/** The folder of an application that depends on poolkeeper, and poolkeeper's folder in it. */
let application: string;
let installed: string;

beforeAll(async () => {
  application = mkdtempSync(join(tmpdir(), "poolkeeper-package-"));
  installed = join(application, "node_modules", "poolkeeper");
  const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", application], { cwd: ROOT });
  const tarball = stdout.trim().split("\n").at(-1) ?? "";
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(application, tarball), "-C", installed, "--strip-components=1"]);
  linkDependencies();
  mkdirSync(join(application, "node_modules", ".bin"));
  symlinkSync(
    join("..", "poolkeeper", "bin", "poolkeeper.mjs"),
    join(application, "node_modules", ".bin", "poolkeeper"),
  );
});

afterAll(() => rmSync(application, { recursive: true, force: true }));

/**
 * Instead of an install, which would load the same versions from the registry again: links to what the checkout has of
 * the dependencies that the package declares, and to nothing else, so that an undeclared one is missed all the same.
 */
function linkDependencies(): void {
  for (const name of Object.keys(DESCRIPTION.dependencies)) {
    const link = join(application, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
}

async function runInstalled(...args: readonly string[]) {
  const program = join(application, "node_modules", ".bin", "poolkeeper");
  return run(process.execPath, [program, ...args], { cwd: application });
}

describe("the packed poolkeeper", () => {
  test("it says its version", async () => {
    expect((await runInstalled("--version")).stdout.trim()).toBe(DESCRIPTION.version);
  });

  test("it finds its example valid", async () => {
    const { stdout } = await runInstalled("validate", join(installed, "examples", "config-repo"), "--json");
    const { diagnostics }: { diagnostics: readonly { severity: string }[] } = JSON.parse(stdout);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("it prints a schema", async () => {
    const { stdout } = await runInstalled("schema", "queue");
    expect(JSON.parse(stdout)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
  });

  test("it holds licence, schemas and example, and neither sources nor tests", () => {
    const files = globSync("**/*", { cwd: installed });
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "bin/poolkeeper.mjs",
        "dist/cli.js",
        "dist/THIRD-PARTY-NOTICES.txt",
      ]),
    );
    expect(files).toEqual(expect.arrayContaining(["schemas/queue.json", "examples/config-repo"]));
    expect(files.filter((file) => /^(src|test|bench|node_modules)\//.test(file))).toEqual([]);
    expect(files.filter((file) => file.endsWith(".ts")).sort()).toEqual([
      "dist/index.d.ts",
      "examples/library/apply.ts",
    ]);
  });

  test("its library's example is right by the types of the package, plans, applies, and then finds no changes", async () => {
    const example = join(application, "apply.ts");
    copyFileSync(join(installed, "examples", "library", "apply.ts"), example);
    writeFileSync(join(application, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(application, "tsconfig.json"), JSON.stringify({ compilerOptions: STRICT, files: ["apply.ts"] }));
    const checked = await run(join(ROOT, "node_modules", ".bin", "tsc"), [], { cwd: application }).catch(
      (error) => error,
    );
    expect(checked.stdout).toBe("");
    const folder = join(installed, "examples", "config-repo");
    const { stdout } = await run(process.execPath, [example, folder], { cwd: application });
    expect(stdout).toContain("Plan: 9 to add, 0 to change, 0 to replace, 0 to destroy.");
    expect(stdout).toContain("cluster_pool.prod/create: applied");
    expect(stdout.trim().split("\n").at(-1)).toBe("No changes.");
  });
});
