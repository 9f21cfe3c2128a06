import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { type ConnectionFlags, resolveConnection } from "../../../src/systems/control-plane/resolve-connection.ts";

let homeDir = "";
beforeEach(() => {
  homeDir = mkdtempSync(join(tmpdir(), "poolkeeper-"));
  onTestFinished(() => rmSync(homeDir, { recursive: true }));
});

function write(path: string, text: string): string {
  const file = join(homeDir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
const resolve = (flags: ConnectionFlags, env: Record<string, string> = {}) =>
  resolveConnection({ flags, env, homeDir });
function failureOf(flags: ConnectionFlags, env: Record<string, string> = {}): OperationalError {
  try {
    resolve(flags, env);
  } catch (error) {
    if (error instanceof OperationalError) return error;
    throw error;
  }
  throw new Error("expected an OperationalError");
}
const apiKey = (...parts: string[]) => Buffer.from(parts.join(":")).toString("base64");
const config = (admin: Record<string, unknown>, org = "file-org") => JSON.stringify({ admin, task: { org } });
const revealed = ({ credentials }: ReturnType<typeof resolve>) => ({
  ...credentials,
  ...(credentials.kind === "token" && { token: credentials.token.reveal() }),
  ...(credentials.kind === "client_credentials" && { clientSecret: credentials.clientSecret.reveal() }),
});

describe("an endpoint", () => {
  test.each([
    ["https://CP.Example.com", "https://cp.example.com"],
    ["https://cp.example.com:443/", "https://cp.example.com"],
    ["https://cp.example.com/prefix/", "https://cp.example.com/prefix"],
    ["dns:///cp.example.com", "https://cp.example.com"],
    ["dns:///cp.example.com:8443", "https://cp.example.com:8443"],
    ["cp.example.com", "https://cp.example.com"],
    ["cp.example.com:8443", "https://cp.example.com:8443"],
    ["  https://cp.example.com\n", "https://cp.example.com"],
    ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
    ["http://localhost:80", "http://localhost"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ])("%s is %s", (endpoint, canonical) => {
    expect(resolve({ endpoint, org: "acme" }).endpoint).toBe(canonical);
  });

  test("is without TLS only for this machine, or when that was said", () => {
    const endpoint = "http://cp.example.com";
    expect(failureOf({ endpoint, org: "acme" })).toMatchObject({ code: "endpoint_insecure", next: "stop" });
    expect(resolve({ endpoint, org: "acme", insecure: true }).endpoint).toBe(endpoint);
    expect(resolve({ endpoint, org: "acme" }, { POOLKEEPER_INSECURE: "true" })).toMatchObject({ insecure: true });
    expect(resolve({ endpoint: "cp.example.com:80", org: "acme", insecure: true }).endpoint).toBe(endpoint);
  });

  test.each([
    "ftp://host",
    "https://",
    "https://user:hunter22@host",
    "https://host?token=hunter22",
    "a b",
    "https://host:x",
  ])("%s cannot be used, and is not repeated", (endpoint) => {
    const failure = failureOf({ endpoint, org: "acme" });
    expect(failure.code).toBe("endpoint_invalid");
    expect(failure.message).toContain("--endpoint");
    expect(failure.message).not.toContain("hunter22");
  });
});

describe("the order of sources", () => {
  const env = { POOLKEEPER_ENDPOINT: "https://env.test", POOLKEEPER_ORG: "env-org", POOLKEEPER_TOKEN: "env-token" };

  test("is flags, then variables, then the key, then the file", () => {
    write(
      ".flyte/config.yaml",
      config({ endpoint: "dns:///file.test", authType: "ExternalCommand", command: ["print"] }),
    );
    const FLYTE_API_KEY = apiKey("key.test", "id", "secret", "key-org");
    const flags = { endpoint: "https://flag.test", org: "flag-org", token: "flag-token" };
    const all = { ...env, FLYTE_API_KEY };
    const seen = [resolve(flags, all), resolve({}, all), resolve({}, { FLYTE_API_KEY }), resolve({})];
    expect(seen.map(({ endpoint, org }) => [endpoint, org])).toEqual([
      ["https://flag.test", "flag-org"],
      ["https://env.test", "env-org"],
      ["https://key.test", "key-org"],
      ["https://file.test", "file-org"],
    ]);
    expect(seen.map(revealed)).toEqual([
      { kind: "token", token: "flag-token" },
      { kind: "token", token: "env-token" },
      { kind: "client_credentials", clientId: "id", clientSecret: "secret" },
      { kind: "command", command: ["print"] },
    ]);
    expect(seen.map(({ sources }) => sources.endpoint)).toEqual([
      "--endpoint",
      "POOLKEEPER_ENDPOINT",
      "FLYTE_API_KEY",
      join(homeDir, ".flyte/config.yaml"),
    ]);
  });

  test("never takes a key's or a file's credentials and organization to another endpoint", () => {
    write(".flyte/config.yaml", config({ endpoint: "file.test", authType: "command", command: ["print"] }));
    const FLYTE_API_KEY = apiKey("key.test", "id", "secret", "key-org");
    expect(resolve({ endpoint: "https://other.test", org: "acme" }, { FLYTE_API_KEY }).credentials.kind).toBe("none");
    expect(failureOf({ endpoint: "https://other.test" }, { FLYTE_API_KEY })).toMatchObject({ code: "org_missing" });
    const same = resolve({ endpoint: "https://FILE.test:443/" }, { FLYTE_API_KEY });
    expect(same).toMatchObject({ org: "file-org", credentials: { kind: "command" } });
  });

  test("never takes a token of the environment to another endpoint than the environment's", () => {
    const other = { endpoint: "https://other.test", org: "acme" };
    const key = { FLYTE_API_KEY: apiKey("key.test", "id", "secret", "key-org"), POOLKEEPER_TOKEN: "key-token" };
    for (const [flags, variables, bound] of [
      [other, env, "POOLKEEPER_ENDPOINT"],
      [other, key, "FLYTE_API_KEY"],
      [{ ...other, token: " " }, env, "POOLKEEPER_ENDPOINT"],
      [other, { ...env, POOLKEEPER_ENDPOINT: "https://env.test/ not an address" }, "POOLKEEPER_ENDPOINT"],
    ] as const) {
      const failure = failureOf(flags, variables);
      expect(failure).toMatchObject({ code: "token_elsewhere", next: "stop" });
      expect(failure.message).toMatch(/POOLKEEPER_TOKEN is not sent to https:\/\/other\.test \(--endpoint\)/);
      expect(failure.message).toContain(bound);
      expect(failure.message).not.toMatch(/env-token|key-token/);
    }
  });

  test("takes a token to the endpoint that it was given for, however that is written", () => {
    const tokenOf = (flags: ConnectionFlags, variables: Record<string, string> = env) =>
      revealed(resolve(flags, variables));
    const sent = { kind: "token", token: "env-token" };
    // As the README has it, and the same endpoint in another spelling.
    expect(tokenOf({})).toEqual(sent);
    expect(tokenOf({ endpoint: "dns:///ENV.test:443" })).toEqual(sent);
    // Nothing else in the environment names an endpoint: the flag chooses one for the token.
    expect(tokenOf({ endpoint: "https://flag.test", org: "acme" }, { POOLKEEPER_TOKEN: "env-token" })).toEqual(sent);
    // The user's file says where, the environment with what.
    write(".flyte/config.yaml", config({ endpoint: "file.test", authType: "Pkce" }));
    expect(tokenOf({}, { POOLKEEPER_TOKEN: "env-token" })).toEqual(sent);
    expect(tokenOf({ endpoint: "https://flag.test", token: "flag-token" })).toMatchObject({ token: "flag-token" });
    expect(tokenOf({ token: "flag-token" })).toMatchObject({ token: "flag-token" });
  });

  test("uses an endpoint's own credentials where the token of the environment is for another", () => {
    write(".flyte/config.yaml", config({ endpoint: "file.test", authType: "command", command: ["print"] }));
    const { credentials, sources } = resolve({ endpoint: "https://file.test" }, env);
    expect([credentials.kind, sources.credentials]).toEqual(["command", join(homeDir, ".flyte/config.yaml")]);
  });

  test("that name no endpoint or organization ends in every way to set it", () => {
    for (const failure of [failureOf({}), failureOf({ endpoint: "https://cp.test" })]) {
      expect(failure.next).toBe("stop");
      const ways = [
        "--",
        "POOLKEEPER_",
        "FLYTE_API_KEY",
        "~/.flyte/config.yaml",
        "~/.union/config.yaml",
        "UCTL_CONFIG",
      ];
      for (const way of ways) expect(failure.message).toContain(way);
    }
    expect(failureOf({}).code).toBe("endpoint_missing");
    expect(failureOf({ endpoint: "" }, { POOLKEEPER_ENDPOINT: " " }).code).toBe("endpoint_missing");
  });

  test("takes proxies, CA file and time limit along", () => {
    const proxies = { HTTPS_PROXY: "http://upper.test", https_proxy: "http://lower.test", NO_PROXY: "a,b" };
    const connection = resolve({ timeoutMs: 5 }, { ...env, ...proxies, POOLKEEPER_CA_FILE: "/ca.pem" });
    expect(connection.proxy).toEqual({ http: "", https: "http://lower.test", none: "a,b" });
    expect(connection).toMatchObject({ caFile: "/ca.pem", timeoutMs: 5, skipVerify: false });
    expect(resolve({ caFile: "/flag.pem", insecureSkipVerify: true }, env)).toMatchObject({
      caFile: "/flag.pem",
      skipVerify: true,
    });
    expect(resolve({}, env).timeoutMs).toBe(30_000);
  });
});

describe("FLYTE_API_KEY", () => {
  test.each([
    [["cp.test", "id", "secret", "acme"], "https://cp.test"],
    [["dns:///cp.test:8443", "id", "secret", "acme"], "https://cp.test:8443"],
    [["https://cp.test", "id", "secret", "acme"], "https://cp.test"],
  ])("%j is taken apart from the right", (parts, endpoint) => {
    expect(resolve({}, { FLYTE_API_KEY: apiKey(...parts) })).toMatchObject({ endpoint, org: "acme" });
  });

  test("without an organization needs one", () => {
    for (const org of ["None", ""]) {
      const FLYTE_API_KEY = apiKey("cp.test", "id", "secret", org);
      expect(failureOf({}, { FLYTE_API_KEY }).code).toBe("org_missing");
      expect(resolve({ org: "acme" }, { FLYTE_API_KEY }).org).toBe("acme");
    }
  });

  test.each([
    ["hunter22 hunter22", /not base64/],
    [apiKey("hunter22", "x"), /2 of the 4 parts/],
    [apiKey("cp.test", "id", "", "hunter22"), /clientSecret is empty/],
  ])("that is broken is explained without repeating it: %s", (key, reason) => {
    const failure = failureOf({}, { FLYTE_API_KEY: key });
    expect(failure.code).toBe("api_key_invalid");
    expect(failure.message).toMatch(reason);
    expect(failure.message).not.toContain("hunter22");
  });
});

describe("the flyte config file", () => {
  test("is the one that UCTL_CONFIG names, then FLYTECTL_CONFIG, then ~/.union, then ~/.flyte", () => {
    const make = (path: string, endpoint: string) => write(path, config({ endpoint, insecure: true }));
    const uctl = make("uctl.yaml", "uctl.test");
    const flytectl = make("flytectl.yaml", "flytectl.test");
    make(".flyte/config.yaml", "flyte.test");
    make(".union/config.yaml", "union.test");
    expect(resolve({}, { UCTL_CONFIG: uctl, FLYTECTL_CONFIG: flytectl }).endpoint).toBe("http://uctl.test");
    expect(resolve({}, { FLYTECTL_CONFIG: flytectl }).endpoint).toBe("http://flytectl.test");
    expect(resolve({}).endpoint).toBe("http://union.test");
    rmSync(join(homeDir, ".union"), { recursive: true });
    expect(resolve({}).endpoint).toBe("http://flyte.test");
  });

  test("with insecure means plain HTTP and no credentials", () => {
    write(".flyte/config.yaml", config({ endpoint: "dns:///cp.test:80", insecure: true, authType: "Pkce" }));
    expect(resolve({})).toMatchObject({ endpoint: "http://cp.test", credentials: { kind: "none" }, insecure: true });
  });

  test("brings its CA file and its wish to skip checks", () => {
    const admin = {
      endpoint: "cp.test",
      authType: "command",
      command: "print",
      caCertFilePath: "/ca.pem",
      insecureSkipVerify: true,
    };
    write(".flyte/config.yaml", config(admin));
    expect(resolve({})).toMatchObject({ caFile: "/ca.pem", skipVerify: true, credentials: { command: ["print"] } });
  });

  test.each(["ClientSecret", "client-secret", "client_secret", "app-credential"])(
    "with %s takes the secret from its place",
    (authType) => {
      const clientSecretLocation = write("secret", " hunter22\n");
      const admin = { endpoint: "cp.test", authType, clientId: "robot" };
      write(".flyte/config.yaml", config({ ...admin, clientSecretLocation }));
      const expected = { kind: "client_credentials", clientId: "robot", clientSecret: "hunter22" };
      expect(revealed(resolve({}))).toEqual(expected);
      write(".flyte/config.yaml", config({ ...admin, clientSecretEnvVar: "ROBOT_SECRET" }));
      expect(revealed(resolve({}, { ROBOT_SECRET: "hunter22" }))).toEqual(expected);
      expect(failureOf({})).toMatchObject({ code: "client_secret_missing" });
    },
  );

  test.each([undefined, "Pkce", "DeviceFlow"])(
    "with authType %s says what to use instead, unless a token is given",
    (authType) => {
      write(".flyte/config.yaml", config({ endpoint: "cp.test", authType }));
      const failure = failureOf({});
      expect(failure.code).toBe("auth_type_unsupported");
      expect(failure.message).toMatch(/browser.*POOLKEEPER_TOKEN/);
      expect(resolve({ token: "t" }).credentials.kind).toBe("token");
    },
  );

  test.each([
    ["admin: [hunter22", /not YAML/],
    ["admin: hunter22", /admin is not a mapping/],
    ["admin: {endpoint: 7}", /admin\.endpoint is not text/],
    ["admin: {endpoint: x, command: [1]}", /admin\.command/],
  ])("that reads %s is named with the reason, without quoting it", (text, reason) => {
    const file = write(".flyte/config.yaml", text);
    const failure = failureOf({});
    expect(failure.code).toBe("config_file");
    expect(failure.message).toMatch(reason);
    expect(failure.message).toContain(file);
    expect(failure.message).not.toContain("hunter22");
  });

  test("that a variable names and that is absent is an error", () => {
    expect(failureOf({}, { FLYTECTL_CONFIG: join(homeDir, "absent.yaml") })).toMatchObject({ code: "config_file" });
  });

  const resolveConnectionAway = () => {
    const home = homeDir;
    homeDir = join(home, "elsewhere");
    const { code } = failureOf({});
    homeDir = home;
    return code;
  };

  test("in the working folder is never read: it comes with the branch", () => {
    const folder = process.cwd();
    write("config.yaml", config({ endpoint: "branch.test", insecure: true }));
    write("checkout/.flyte/config.yaml", config({ endpoint: "branch.test", insecure: true }));
    onTestFinished(() => process.chdir(folder));
    for (const here of [homeDir, join(homeDir, "checkout")]) {
      process.chdir(here);
      expect(resolveConnectionAway()).toBe("endpoint_missing");
    }
  });
});
