import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type FlyteadminFlags,
  resolveFlyteadminConnection,
} from "../../../src/systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { failureOf } from "../control-plane/fixtures/failure.ts";
import { makeCertificate } from "../control-plane/fixtures/make-certificate.ts";
import { serve } from "../control-plane/fixtures/serve.ts";
import { open } from "./fixtures/open.ts";

const resolve = (flags: FlyteadminFlags, env: Record<string, string> = {}) =>
  resolveFlyteadminConnection({ flags, env });
const host = "https://flyte.example.com";

describe("where flyteadmin is", () => {
  test("nobody names one: there is none", () => {
    expect(resolve({})).toBeNull();
    expect(resolve({ flyteadminEndpoint: "  " }, { POOLKEEPER_FLYTEADMIN_TOKEN: "t" })).toBeNull();
    expect(resolve({}, { POOLKEEPER_ENDPOINT: host, POOLKEEPER_TOKEN: "t" })).toBeNull();
  });

  test("the flag counts before the variable, and the address is made canonical", () => {
    const env = {
      POOLKEEPER_FLYTEADMIN_ENDPOINT: "dns:///Flyte.Example.com:443",
      POOLKEEPER_FLYTEADMIN_TOKEN: " t1\n",
    };
    expect(resolve({}, env)).toMatchObject({
      endpoint: host,
      sources: { endpoint: "POOLKEEPER_FLYTEADMIN_ENDPOINT", token: "POOLKEEPER_FLYTEADMIN_TOKEN" },
    });
    const flags = { flyteadminEndpoint: "https://other.example.com/flyte/", flyteadminToken: "t2" };
    const connection = resolve(flags, env);
    expect(connection).toMatchObject({
      endpoint: "https://other.example.com/flyte",
      sources: { endpoint: "--flyteadmin-endpoint", token: "--flyteadmin-token" },
    });
    expect([resolve({}, env)?.token?.reveal(), connection?.token?.reveal()]).toEqual(["t1", "t2"]);
  });

  test("the control plane's own token is never taken for it", () => {
    expect(resolve({ flyteadminEndpoint: host }, { POOLKEEPER_TOKEN: "union" })).toMatchObject({
      token: null,
      sources: { token: "none" },
    });
  });

  test("a token of the environment is not sent to another address than the environment's", () => {
    const env = { POOLKEEPER_FLYTEADMIN_ENDPOINT: host, POOLKEEPER_FLYTEADMIN_TOKEN: "t1" };
    const other = { flyteadminEndpoint: "https://other.example.com" };
    expect(() => resolve(other, env)).toThrow(
      expect.objectContaining({
        code: "token_elsewhere",
        message: expect.stringMatching(/POOLKEEPER_FLYTEADMIN_TOKEN is not sent to https:\/\/other\.example\.com/),
      }),
    );
    expect(resolve({ ...other, flyteadminToken: "t2" }, env)?.token?.reveal()).toBe("t2");
    expect(resolve(other, { POOLKEEPER_FLYTEADMIN_TOKEN: "t1" })?.token?.reveal()).toBe("t1");
    expect(resolve({ flyteadminEndpoint: `${host}:443/` }, env)?.token?.reveal()).toBe("t1");
  });

  test("plain HTTP is for this machine only, or when that was said", () => {
    const remote = { flyteadminEndpoint: "http://flyte.example.com" };
    expect(() => resolve(remote)).toThrow(expect.objectContaining({ code: "endpoint_insecure", next: "stop" }));
    expect(resolve({ ...remote, insecure: true })?.endpoint).toBe("http://flyte.example.com");
    expect(resolve(remote, { POOLKEEPER_INSECURE: "1" })?.insecure).toBe(true);
    expect(resolve({ flyteadminEndpoint: "http://127.0.0.1:8088" })?.endpoint).toBe("http://127.0.0.1:8088");
  });

  test("an address that is none is refused without repeating it", () => {
    const flyteadminEndpoint = "https://robot:pass-word@flyte.example.com";
    expect(() => resolve({ flyteadminEndpoint })).toThrow(
      expect.objectContaining({ code: "endpoint_invalid", message: expect.not.stringContaining("pass-word") }),
    );
  });

  test("a token that has nowhere to go is refused", () => {
    expect(() => resolve({ flyteadminToken: "t" })).toThrow(
      expect.objectContaining({ code: "flyteadmin_endpoint_missing", message: expect.stringContaining("URL") }),
    );
  });

  test("certificates, proxies and time are those of the control plane's connection", () => {
    const env = {
      POOLKEEPER_CA_FILE: "/ca.pem",
      POOLKEEPER_INSECURE_SKIP_VERIFY: "yes",
      https_proxy: "http://proxy:3128",
      NO_PROXY: "internal",
    };
    expect(resolve({ flyteadminEndpoint: host }, env)).toMatchObject({
      caFile: "/ca.pem",
      skipVerify: true,
      insecure: false,
      proxy: { http: "", https: "http://proxy:3128", none: "internal" },
      timeoutMs: 30_000,
    });
    const flags = { flyteadminEndpoint: host, caFile: "/other.pem", insecureSkipVerify: false, timeoutMs: 5 };
    expect(resolve(flags, env)).toMatchObject({ caFile: "/other.pem", skipVerify: false, timeoutMs: 5 });
  });

  test("its token is not printed with it", () => {
    const connection = resolve({ flyteadminEndpoint: host, flyteadminToken: "very-secret-token" });
    expect(inspect(connection, { depth: 9, showHidden: true }) + JSON.stringify(connection)).not.toContain(
      "very-secret",
    );
  });
});

test("its certificate is checked, against the CA file too", async () => {
  const certificate = makeCertificate(["localhost"]);
  const port = await serve((_request, response) => void response.end('{"domains":[{"id":"d"}]}'), certificate);
  const endpoint = `https://localhost:${port}`;
  const { reader } = open({ endpoint }, { retries: 0 });
  expect(await failureOf(reader.listDomains())).toMatchObject({ code: "tls_untrusted", next: "stop" });
  const caFile = join(makeTemporaryFolder(), "ca.pem");
  writeFileSync(caFile, certificate.cert);
  expect(await open({ endpoint, caFile }).reader.listDomains()).toEqual(["d"]);
  expect(await open({ endpoint, skipVerify: true }).reader.listDomains()).toEqual(["d"]);
});
