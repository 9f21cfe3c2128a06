import type { RepositoryConfig } from "../../../src/model/daemon/daemon-config.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

/** The configuration of a repository, with something for everything that is not told. */
export function configureRepository(changes: Partial<RepositoryConfig> & { readonly url: string }): RepositoryConfig {
  return {
    kind: "repository",
    branch: "main",
    path: "",
    username: "git",
    token: null,
    ssh_key: null,
    known_hosts: null,
    ca_file: null,
    webhook: null,
    pull_requests: null,
    poll_ms: 60_000,
    jitter_ms: 0,
    timeout_ms: PATIENCE_MS,
    max_bytes: 100_000_000,
    verify: { mode: "none", keys: [] },
    ...changes,
  };
}
