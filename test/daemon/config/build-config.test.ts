import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/daemon/config/read-config.ts";

const TARGET = `
  - name: production
    repository: {url: "https://git.example.com/a.git"}
    control_plane: {endpoint: "https://ACME.example.com:443/", org: acme}
`;

const read = (text: string) => {
  const { config, diagnostics } = parseConfig(text, "/etc/poolkeeper/poolkeeper.yaml", {});
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (config === null) throw new Error("no configuration");
  return config;
};

describe("a configuration that says nothing but its target", () => {
  test("has the defaults that the documentation promises", () => {
    expect(read(`targets:${TARGET}`)).toEqual({
      targets: [
        {
          name: "production",
          source: {
            kind: "repository",
            url: "https://git.example.com/a.git",
            branch: "main",
            path: "",
            username: "git",
            token: null,
            ssh_key: null,
            known_hosts: null,
            ca_file: null,
            webhook: null,
            pull_requests: null,
            poll_ms: 120_000,
            jitter_ms: 60_000,
            timeout_ms: 120_000,
            max_bytes: 536_870_912,
            verify: { mode: "none", keys: [] },
          },
          control_plane: {
            endpoint: "https://acme.example.com",
            org: "acme",
            generation: null,
            token: null,
            api_key: null,
            ca_file: null,
            insecure: false,
            max_objects: 1_000_000,
            timeout_ms: 30_000,
            write_timeout_ms: 10_000,
            flyteadmin: null,
            deliver: null,
            deliver_max_bytes: 536_870_912,
            scopes: [],
          },
          policy: {
            auto_apply: "update",
            prune: "owned",
            max_destroy_share: 0.3,
            on_pool_change: "auto",
            freeze: null,
            windows: [],
            rules: [],
            approval: { approvers: [], expires_ms: 86_400_000 },
          },
          drift: {
            ...{
              schedule: null,
              time_zone: "UTC",
              action: "report",
              kinds: {},
              sightings: 2,
              seen_for_ms: 0,
              destructive: false,
            },
            ...{ contested_after: 5, contested_within_ms: 3_600_000 },
          },
          lease: { ttl_ms: 12_000 },
          sensitive: [],
          references: { env: [], files: [] },
        },
      ],
      store: { kind: "directory", path: "/etc/poolkeeper/data" },
      http: {
        host: "127.0.0.1",
        port: 8090,
        public_url: null,
        hosts: [],
        read: "open",
        tokens: [],
        trusted_proxies: [],
        requests_per_minute: 300,
      },
      notifications: [],
      retention: { keep_ms: 7_776_000_000, changes_ms: 31_536_000_000, passes: 1000 },
    });
  });
});

describe("a target", () => {
  test("overrides the general policy and drift key by key, with null where there is to be no freeze", () => {
    const [target] = read(`
policy: {auto_apply: none, prune: none, freeze: {reason: Release.}, approval: {approvers: [alex], expires: 2h}}
drift: {action: revert, schedule: "0 * * * *", kinds: {queue: off, cluster: report}}
targets:${TARGET}
    policy: {auto_apply: all, freeze: null, max_destroy_share: .25, approval: {expires: 1h}}
    drift: {schedule: null, kinds: {cluster: off}}
`).targets;
    expect(target?.policy).toMatchObject({
      auto_apply: "all",
      prune: "none",
      freeze: null,
      max_destroy_share: 0.25,
      approval: { approvers: ["alex"], expires_ms: 3_600_000 },
    });
    expect(target?.drift).toMatchObject({ action: "revert", schedule: null, kinds: { queue: "off", cluster: "off" } });
  });

  test("has its paths below the folder of the file, and leaves addresses of repositories as they are", () => {
    const [first, second] = read(`
targets:
  - name: a
    folder: {path: manifests}
    control_plane: {flyteadmin: {endpoint: "f.example.com", token: {file: f-token}}, deliver: out}
  - name: b
    repository: {url: "git@git.example.com:a.git", ssh_key: keys/id, known_hosts: hosts, verify: {mode: head, keys: [keys/alex.pub]}, max_size: 1Gi}
    control_plane: {endpoint: "http://10.0.0.1", org: acme, insecure: true, deliver: "git@git.example.com:flyte.git#main"}
`).targets;
    expect(first?.source).toMatchObject({ kind: "folder", path: "/etc/poolkeeper/manifests", debounce_ms: 1000 });
    expect(first?.control_plane).toMatchObject({
      endpoint: "",
      deliver: "/etc/poolkeeper/out",
      flyteadmin: { endpoint: "https://f.example.com", token: { file: "/etc/poolkeeper/f-token" } },
    });
    expect(second?.source).toMatchObject({
      ssh_key: "/etc/poolkeeper/keys/id",
      verify: { keys: ["/etc/poolkeeper/keys/alex.pub"] },
      max_bytes: 1_073_741_824,
    });
    expect(second?.control_plane.deliver).toBe("git@git.example.com:flyte.git#main");
  });
});

test("a database in place of a directory, and an IPv6 address to listen on", () => {
  const { store, http } = read(`
targets:${TARGET}
store: {database_url: {env: DATABASE_URL}}
http: {listen: "[::1]:0", public_url: "https://pool.example.com/"}
`);
  expect(store).toEqual({ kind: "database", url: { env: "DATABASE_URL" } });
  expect(http).toMatchObject({ host: "::1", port: 0, public_url: "https://pool.example.com" });
});

describe("pull requests", () => {
  const place = (url: string, forge = "gitea", more = "") => {
    const { targets } = read(`
targets:
  - name: a
    repository: {url: "${url}", token: {env: T}, known_hosts: hosts, pull_requests: {forge: ${forge}${more}}}
    control_plane: {endpoint: "https://a.example.com", org: acme}
`);
    const [source] = targets.map((target) => target.source);
    return source?.kind === "repository" ? source.pull_requests : undefined;
  };

  test("are where the repository's address tells, with the repository's token", () => {
    expect(place("https://git.example.com:8443/platform/config-repo.git")).toEqual({
      ...{ forge: "gitea", url: "https://git.example.com:8443", repository: "platform/config-repo" },
      access: { kind: "token", token: { env: "T" } },
      ...{
        forks: false,
        drafts: false,
        skip_label: "poolkeeper-skip",
        unplanned: "block",
        status_name: "poolkeeper",
        approval: "merge",
      },
      ...{ self_approval: true, operators: [], unverified_comments: "refuse" },
    });
  });

  test.each([
    ["https://github.com/platform/config-repo", "github", null, "platform/config-repo"],
    ["git@github.com:platform/config-repo.git", "github", null, "platform/config-repo"],
    ["https://gitlab.com/a/b/c.git", "gitlab", null, "a/b/c"],
    [
      "ssh://git@git.example.com:2222/platform/config-repo.git",
      "gitlab",
      "https://git.example.com",
      "platform/config-repo",
    ],
    ["git@git.example.com:platform/config-repo.git", "gitea", "https://git.example.com", "platform/config-repo"],
  ])("of %s on %s are at %s, %s", (url, forge, expected, repository) => {
    expect(place(url, forge)).toMatchObject({ url: expected, repository });
  });

  test("are where they are said to be", () => {
    const more = ', url: "https://pages.example.com/git/", repository: a/b';
    expect(place("https://git.example.com/x.git", "gitea", more)).toMatchObject({
      ...{ url: "https://pages.example.com/git", repository: "a/b" },
    });
  });
});
