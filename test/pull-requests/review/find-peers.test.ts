import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/daemon/config/read-config.ts";
import type { PullRequestsConfig, TargetConfig } from "../../../src/model/daemon/daemon-config.ts";
import { findPeers } from "../../../src/pull-requests/review/find-peers.ts";

/** Targets of a configuration, by name; each has keys of its repository and of its pull requests. */
function configure(
  targets: Readonly<Record<string, { readonly repository?: object; readonly requests?: object | null }>>,
) {
  const listed = Object.entries(targets).map(([name, { repository = {}, requests = {} }], index) => ({
    name,
    repository: {
      ...{ url: "https://git.example.com/acme/pools.git", path: name, token: { env: "TOKEN" }, ...repository },
      ...(requests === null ? {} : { pull_requests: { forge: "gitea", ...requests } }),
    },
    control_plane: { endpoint: `https://c${index}.example.com`, org: "acme", token: { env: "TOKEN" } },
  }));
  const text = JSON.stringify({ targets: listed, store: { directory: "./data" } });
  const { config, diagnostics } = parseConfig(text, "/poolkeeper.yaml", { TOKEN: "x" });
  if (config === null) throw new Error(JSON.stringify(diagnostics));
  return config.targets;
}

function requestsOf(targets: readonly TargetConfig[], name: string): PullRequestsConfig {
  const source = targets.find((target) => target.name === name)?.source;
  if (source?.kind !== "repository" || source.pull_requests === null) throw new Error(`${name} has no requests`);
  return source.pull_requests;
}

describe("the targets that share the statuses of one", () => {
  test("are those of the same repository, however it is spelt, on all branches, itself included", () => {
    const targets = configure({
      prod: {},
      next: { repository: { branch: "next" } },
      spelt: { requests: { url: "https://GIT.example.com", repository: "Acme/Pools" } },
      elsewhere: { repository: { url: "https://git.example.com/acme/other.git" } },
      quiet: { requests: null },
      apart: { requests: { status_name: "apart" } },
    });
    expect(findPeers(targets, requestsOf(targets, "prod"))).toEqual([
      { target: "next", branch: "next", webhook: false },
      { target: "prod", branch: "main", webhook: false },
      { target: "spelt", branch: "main", webhook: false },
    ]);
    expect(findPeers(targets, requestsOf(targets, "apart"))).toEqual([
      { target: "apart", branch: "main", webhook: false },
    ]);
  });

  test("are the same under any address of one forge", () => {
    const github = (url: string) => ({ requests: { forge: "github", repository: "acme/pools", url } });
    const gitea = (url: string) => ({ requests: { forge: "gitea", repository: "acme/pools", url } });
    const targets = configure({
      api: github("https://api.github.com"),
      enterprise: github("https://ghe.example.com/api/v3"),
      page: github("https://github.com/"),
      port: gitea("https://git.example.com:443/forge/"),
      short: gitea("https://git.example.com/forge"),
      root: github("https://ghe.example.com"),
      www: github("https://www.github.com"),
    });
    const peersOf = (name: string) => findPeers(targets, requestsOf(targets, name)).map(({ target }) => target);
    expect(peersOf("page")).toEqual(["api", "page", "www"]);
    expect(peersOf("root")).toEqual(["enterprise", "root"]);
    expect(peersOf("short")).toEqual(["port", "short"]);
  });

  test("are the same with the public forge named or not", () => {
    const github = { forge: "github", repository: "acme/pools" };
    const targets = configure({
      named: { requests: { ...github, url: "https://github.com" } },
      told: {
        repository: { url: "git@github.com:acme/pools.git", token: undefined, ssh_key: "/k", known_hosts: "/h" },
        requests: { ...github, token: { env: "TOKEN" } },
      },
    });
    expect(findPeers(targets, requestsOf(targets, "told")).map(({ target }) => target)).toEqual(["named", "told"]);
  });
});
