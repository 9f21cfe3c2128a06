import type { PullRequestsConfig } from "../../model/daemon/daemon-config.ts";
import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import type { Draft, RepositoryInFile } from "./config-file.ts";
import { readReference } from "./read-values.ts";

/** What the names of statuses begin with where nothing else is said. */
export const DEFAULT_STATUS_NAME = "poolkeeper";

/** Where requests are. */
export interface ForgePlace {
  /** Null: the public forge of its kind. */
  readonly url: string | null;
  readonly repository: string;
}

const PUBLIC: Readonly<Partial<Record<ForgeKind, string>>> = { github: "github.com", gitlab: "gitlab.com" };

/** Where the requests are, by the file or else by the repository's address; undefined where neither says. */
export function findForge({ url, pull_requests: given }: Draft<RepositoryInFile>): ForgePlace | undefined {
  const { scheme, host, path } = readAddress(url ?? "");
  const name = path === undefined ? undefined : nameRepository(path);
  const repository = given?.repository ?? (name === "" ? undefined : name);
  if (repository === undefined || (given?.url === undefined && host === undefined)) return undefined;
  if (given?.url !== undefined) return { url: dropTrailing(given.url, "/"), repository };
  if (given?.forge !== undefined && host === PUBLIC[given.forge]) return { url: null, repository };
  // The port of ssh is not that of the pages.
  return { url: /^https?$/.test(scheme) ? `${scheme}://${host}` : `https://${host?.replace(/:\d+$/, "")}`, repository };
}

const ADDRESS = /^(?:(https?|ssh):\/\/)?(?:[^/@]+@)?([^/:@]+)([:/].+)$/;
const PORT = /^(:\d+)(\/.+)$/;

/** https://HOST[:PORT]/PATH, ssh://USER@HOST[:PORT]/PATH or USER@HOST:PATH; a file's address names no host. */
function readAddress(url: string) {
  const [, scheme = "ssh", name, rest = ""] = url.startsWith("file:") ? [] : (ADDRESS.exec(url) ?? []);
  const [, port = "", path = rest] = PORT.exec(rest) ?? [];
  return {
    scheme,
    host: name === undefined ? undefined : name + port,
    path: name === undefined ? undefined : path.slice(1),
  };
}

function nameRepository(path: string): string {
  const name = dropTrailing(path, "/");
  return (name.endsWith(".git") ? name.slice(0, -".git".length) : name).replace(/^\/+/, "");
}

/** How requests are looked at; null: not at all. */
export function buildPullRequests(repository: RepositoryInFile, folder: string): PullRequestsConfig | null {
  const { pull_requests: given, token } = repository;
  const place = findForge(repository);
  if (given === undefined || place === undefined) return null;
  const { app } = given;
  return {
    forge: given.forge,
    ...place,
    access:
      app === undefined
        ? { kind: "token", token: readReference(given.token ?? token ?? {}, folder) }
        : {
            ...{ kind: "app", app_id: app.id, installation_id: app.installation },
            key: readReference(app.key, folder),
          },
    forks: given.forks ?? false,
    drafts: given.drafts ?? false,
    skip_label: given.skip_label ?? "poolkeeper-skip",
    unplanned: given.unplanned ?? "block",
    status_name: given.status_name ?? DEFAULT_STATUS_NAME,
    approval: given.approval ?? "merge",
    self_approval: given.self_approval ?? true,
    operators: given.operators ?? [],
    unverified_comments: given.unverified_comments ?? "refuse",
  };
}
