import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { choosePropertySeed } from "./test/set-up/choose-property-seed.ts";
import { chooseTemporaryRoot } from "./test/set-up/choose-temporary-root.ts";
import { PATIENCE_MS, TEST_LIMIT_MS } from "./test/set-up/patience.ts";

/** Tests that run the real clients: their set-up takes a minute the first time, so others do without. */
const REAL_CLIENT_TESTS = "test/conformance/**/*.test.ts";

/** Tests of what is shipped under deploy: their set-up installs the tools that judge it. */
const DEPLOY_TESTS = "test/deploy/**/*.test.ts";

/** Folders whose tests install, build, measure, or run many processes. */
const OWN_FOLDERS = "bench ground readme reconcile/workers";

/** Tests that have the engine count its steps, fill the memory, or leave many secrets known to their process, which takes them out of all that it writes. */
const OWN_FILES = [
  "adversary/{applied-files,credential-spellings,foreign-files,foreign-lists,foreign-matchers,references}",
  "daemon/{create-memory-return,resolve-references}",
  "reconcile/source/read",
];

/** Each file of these has a process to itself. All others share workers, so that modules are loaded and compiled once in each. */
const OWN_TESTS = [
  ...OWN_FOLDERS.split(" ").map((folder) => `test/${folder}/**/*.test.ts`),
  ...OWN_FILES.map((files) => `test/${files}.test.ts`),
];

/** What runs programs of others has them installed. */
const INSTALL_PROGRAMS = "test/set-up/install-programs.ts";

/** Objects of a test's world live as long as the test: with room for them, few are copied before they are dropped. In megabytes. */
const ROOM_FOR_NEW_OBJECTS = "--max-semi-space-size=64";

/** What runs the program runs what a package ships. */
const BUILD_PROGRAM = "test/set-up/build-program.ts";

/** Short files whose tests take long. Vitest begins with the longest file of a project, and would end with these when nothing else is left to run beside them. */
const SLOW_FILES = /\/test\/adversary\/(?:swollen-stores|foreign-patterns)\.test\.ts$/;

class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    return [...projects.values()].flatMap((own) => {
      const { slow = [], others = [] } = Object.groupBy(own, ({ moduleId }) =>
        SLOW_FILES.test(moduleId) ? "slow" : "others",
      );
      return [...slow, ...others];
    });
  }
}

export default defineConfig({
  test: {
    pool: "forks",
    // Node runs the sources as users run them: no other transformation of ours, and none that mocks would need.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Tests of processes wait more than they work. A share in percent would never be more than one worker a core.
    maxWorkers: 2 * availableParallelism(),
    // Each file loads most modules anew: compiled once, packages load faster.
    env: {
      TMPDIR: chooseTemporaryRoot(),
      NODE_COMPILE_CACHE: join(import.meta.dirname, ".cache", "compiled"),
      POOLKEEPER_PROPERTY_SEED: String(choosePropertySeed(import.meta.dirname)),
    },
    // The built program is run as it is.
    server: { deps: { external: [/\/\.cache\/program-/] } },
    sequence: { sequencer: SlowFilesFirst },
    setupFiles: "test/set-up/fix-seed.ts",
    testTimeout: TEST_LIMIT_MS,
    hookTimeout: TEST_LIMIT_MS,
    // A golden file that is missing is a failure; `-u` writes it.
    update: "none",
    expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: "own",
          include: OWN_TESTS,
          globalSetup: BUILD_PROGRAM,
        },
      },
      {
        extends: true,
        test: {
          name: "sharing",
          execArgv: [ROOM_FOR_NEW_OBJECTS],
          include: ["test/**/*.test.ts"],
          exclude: [...OWN_TESTS, REAL_CLIENT_TESTS, DEPLOY_TESTS],
          isolate: false,
          globalSetup: BUILD_PROGRAM,
        },
      },
      {
        extends: true,
        test: {
          name: "real-clients",
          include: [REAL_CLIENT_TESTS],
          isolate: false,
          globalSetup: [BUILD_PROGRAM, INSTALL_PROGRAMS],
        },
      },
      {
        extends: true,
        test: {
          name: "deploy",
          include: [DEPLOY_TESTS],
          globalSetup: INSTALL_PROGRAMS,
        },
      },
    ],
  },
});
