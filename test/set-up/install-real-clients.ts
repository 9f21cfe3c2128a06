import { installVenv } from "./install-venv.ts";
import { REAL_CLIENT_VERSIONS, realClientFolder } from "./real-client-versions.ts";

/** Global set-up of the tests that run the real clients: both are there when it is done. */
export async function setup(): Promise<void> {
  await Promise.all(
    Object.values(REAL_CLIENT_VERSIONS).map((version) =>
      installVenv({
        folder: realClientFolder(version),
        packages: [`flyteplugins-union==${version}`],
        purpose: "the real client",
      }),
    ),
  );
}
