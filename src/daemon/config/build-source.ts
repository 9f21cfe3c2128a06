import { resolve } from "node:path";
import type { FolderConfig, RepositoryConfig, SourceConfig } from "../../model/daemon/daemon-config.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { buildPullRequests } from "./build-pull-requests.ts";
import type { FolderInFile, RepositoryInFile, TargetInFile } from "./config-file.ts";
import { readBytes, readMilliseconds, readOptionalReference, readPath, readReference } from "./read-values.ts";

/** The branch that is read where none is named. */
export const DEFAULT_BRANCH = "main";

/** Where the manifests of a valid target come from, with every default filled in. */
export function buildSource({ repository, folder: watched }: TargetInFile, folder: string): SourceConfig {
  return repository === undefined ? buildFolder(watched, folder) : buildRepository(repository, folder);
}

function buildRepository(repository: RepositoryInFile, folder: string): RepositoryConfig {
  const { webhook, verify } = repository;
  return {
    kind: "repository",
    url: repository.url,
    branch: repository.branch ?? DEFAULT_BRANCH,
    path: dropTrailing(repository.path ?? "", "/"),
    username: repository.username ?? "git",
    token: readOptionalReference(repository.token, folder),
    ssh_key: readPath(repository.ssh_key, folder),
    known_hosts: readPath(repository.known_hosts, folder),
    ca_file: readPath(repository.ca_file, folder),
    webhook: webhook === undefined ? null : { forge: webhook.forge, secret: readReference(webhook.secret, folder) },
    pull_requests: buildPullRequests(repository, folder),
    ...readPolling(repository),
    timeout_ms: readMilliseconds(repository.timeout, "120s"),
    max_bytes: readBytes(repository.max_size, "512Mi"),
    verify: { mode: verify?.mode ?? "none", keys: (verify?.keys ?? []).map((key) => resolve(folder, key)) },
  };
}

function buildFolder(watched: FolderInFile | undefined, folder: string): FolderConfig {
  return {
    kind: "folder",
    path: resolve(folder, watched?.path ?? ""),
    debounce_ms: readMilliseconds(watched?.debounce, "1s"),
    ...readPolling(watched ?? {}),
  };
}

function readPolling({ poll, jitter }: { readonly poll?: string; readonly jitter?: string }) {
  return { poll_ms: readMilliseconds(poll, "120s"), jitter_ms: readMilliseconds(jitter, "60s") };
}
