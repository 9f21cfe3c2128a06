import { ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { type CallContext, mapError } from "../../../src/systems/control-plane/map-control-plane-error.ts";
import { everythingOf } from "./fixtures/failure.ts";

const write: CallContext = {
  rpc: "ClusterPoolService/Create",
  endpoint: "https://cp.example.com",
  write: true,
  redact: (text) => text.replaceAll("hunter22", "***"),
  now: () => 0,
};
const nodeError = (code: string, message = `${code} happened`) => Object.assign(new Error(message), { code });

describe("a failure below HTTP", () => {
  test.each([
    ["ENOTFOUND", "host_not_found", false],
    ["EAI_AGAIN", "host_not_found", false],
    ["ECONNREFUSED", "connection_refused", false],
    ["ENETUNREACH", "connection_refused", false],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout", false],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout", true],
    ["UND_ERR_SOCKET", "connection_cut", true],
    ["ECONNRESET", "connection_cut", true],
    ["EPIPE", "connection_cut", true],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls_untrusted", false],
    ["CERT_HAS_EXPIRED", "tls_untrusted", false],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls_untrusted", false],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls_untrusted", false],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls_failed", false],
    ["EPROTO", "tls_failed", false],
    ["HPE_INVALID_CONSTANT", "bad_answer", true],
  ])("%s is %s; whether a write's outcome is unknown: %s", (nodeCode, code, outcomeUnknown) => {
    const wrapped = new ConnectError("fetch failed", undefined, undefined, undefined, nodeError(nodeCode));
    expect(mapError(wrapped, write)).toMatchObject({ code, outcomeUnknown });
    expect(mapError(wrapped, { ...write, write: false }).outcomeUnknown).toBe(false);
  });

  test("of all addresses of a host is told by the first", () => {
    const all = new AggregateError([nodeError("ECONNREFUSED"), nodeError("ENETUNREACH")]);
    expect(mapError(ConnectError.from(all), write).message).toContain("ECONNREFUSED happened");
  });
});

describe("a control plane that is not reached", () => {
  test.each([
    ["ECONNREFUSED", "can't be reached: could not connect (ECONNREFUSED happened)"],
    ["ENOTFOUND", "can't be reached: its host name can't be resolved (ENOTFOUND happened)"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "can't be trusted"],
  ])("%s: the message starts with the control plane and says what to do", (nodeCode, words) => {
    const { message } = mapError(ConnectError.from(nodeError(nodeCode)), write);
    expect(message).toContain(`The control plane at https://cp.example.com ${words}`);
    expect(message).toMatch(/\. (Check|Pass) /);
    expect(message).not.toContain(write.rpc);
  });

  test("OpenSSL's words come without where it stumbled", () => {
    const words = "400D82BB:error:0A00010B:SSL routines:tls_validate:wrong version number:../ssl/record.c:77:\n";
    const { message } = mapError(ConnectError.from(nodeError("ERR_SSL_WRONG_VERSION_NUMBER", words)), write);
    expect(message).toContain("the TLS handshake failed (wrong version number (ERR_SSL_WRONG_VERSION_NUMBER))");
  });
});

describe("a message", () => {
  test("names RPC, endpoint, words and remedy, and holds no secret anywhere", () => {
    const failure = mapError(new ConnectError("token hunter22 is bad", 16), write);
    expect(failure.message).toContain("ClusterPoolService/Create at https://cp.example.com");
    expect(failure.message).toContain("token *** is bad");
    expect(everythingOf(failure)).not.toContain("hunter22");
  });

  test("of an error that is ours already stays as it is", () => {
    const ours = new OperationalError("token_refused", "no token", { next: "stop" });
    expect(mapError(ConnectError.from(ours), write)).toBe(ours);
  });

  test("of an error that nobody foresaw keeps its words and leaves the outcome unknown", () => {
    expect(mapError(new TypeError("odd"), write)).toMatchObject({ code: "unknown", outcomeUnknown: true });
    expect(mapError("odd", write).message).toContain("odd");
  });
});
