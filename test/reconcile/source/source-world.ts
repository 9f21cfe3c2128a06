import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { RepositoryConfig, SecretReference } from "../../../src/model/daemon/daemon-config.ts";
import { openRepository, type RepositoryTools } from "../../../src/reconcile/source/open-repository.ts";
import { createGitRepository } from "../../set-up/create-git-repository.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { type GitServerOptions, serveGit } from "../../set-up/serve-git.ts";
import { configureRepository } from "./configure-repository.ts";

/** A repository with one bare remote, and sources of it whose mirrors are in a folder of their own. */
export function openSourceWorld() {
  const folder = makeTemporaryFolder();
  const repository = createGitRepository(folder);
  const mirrors = join(folder, "mirrors");
  const configure = (changes: Partial<RepositoryConfig> = {}) =>
    configureRepository({ url: repository.url, ...changes });
  return {
    folder,
    repository,
    mirrors,
    configure,
    open: async (changes: Partial<RepositoryConfig> = {}, tools: Partial<RepositoryTools> = {}) => {
      const config = configure(changes);
      const source = await openRepository(config, { folder: mirrors, readSecret, allowed: [config.url], ...tools });
      onTestFinished(() => source.close());
      return source;
    },
    /** The remote over HTTP; the address of the repository, and the server. */
    serve: async (options: Partial<GitServerOptions> = {}) => {
      const server = await serveGit({ folder, ...options });
      onTestFinished(() => server.close());
      return { server, url: `${server.url}config.git` };
    },
  };
}

function readSecret(reference: SecretReference): string {
  if ("file" in reference) return readFileSync(reference.file, "utf8").trim();
  return process.env[reference.env] ?? "";
}
