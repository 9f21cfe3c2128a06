import { defineConfig } from "vitest/config";

/** Tests that run the real clients: their set-up takes a minute the first time, so others do without. */
const REAL_CLIENT_TESTS = "test/conformance/**/*.test.ts";

export default defineConfig({
  test: {
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      { extends: true, test: { name: "own", include: ["test/**/*.test.ts"], exclude: [REAL_CLIENT_TESTS] } },
      {
        extends: true,
        test: {
          name: "real-clients",
          include: [REAL_CLIENT_TESTS],
          globalSetup: "test/set-up/install-real-clients.ts",
        },
      },
    ],
  },
});
