import { describe, expect, test } from "vitest";
import { readCommand } from "../../../src/pull-requests/commands/read-command.ts";

const DIGEST = "0123456789abcdef".repeat(2);

describe("a comment", () => {
  test.each([
    ["poolkeeper plan", { name: "plan", digest: "" }],
    ["/poolkeeper apply", { name: "apply", digest: "" }],
    ["\r\n  poolkeeper approve ABCDEF12  \r\nThank you!", { name: "approve", digest: "abcdef12" }],
    ["POOLKEEPER Unlock", { name: "unlock", digest: "" }],
    ["poolkeeper reject", { name: "reject", digest: "" }],
    [`poolkeeper reject ${DIGEST}`, { name: "reject", digest: DIGEST }],
    [`poolkeeper reject ${DIGEST}: too risky`, { name: "reject", digest: DIGEST, reason: "too risky" }],
    ["poolkeeper reject too risky", { name: "reject", digest: "", reason: "too risky" }],
    ["Poolkeeper Reject: too risky.", { name: "reject", digest: "", reason: "too risky." }],
    ["poolkeeper reject, bad", { name: "reject", digest: "", reason: "bad" }],
    // Hexadecimal, and no digest.
    ["poolkeeper reject bad", { name: "reject", digest: "", reason: "bad" }],
    ["`poolkeeper reject`", { name: "reject", digest: "" }],
    ["`poolkeeper reject not tonight` ", { name: "reject", digest: "", reason: "not tonight" }],
    [`poolkeeper reject ${"x".repeat(300)}`, { name: "reject", digest: "", reason: "x".repeat(182) }],
  ])("%j commands", (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });

  test.each([
    ["poolkeeper dance"],
    ["poolkeeper plan, please"],
    ["poolkeeper is down"],
    ["poolkeeper rejected it"],
    ["poolkeeper approve not-a-digest"],
    [`poolkeeper approve ${DIGEST} please`],
    [`\`poolkeeper approve ${DIGEST}\``],
    ["`poolkeeper reject` is what you have to write"],
    [`poolkeeper approve ${DIGEST}${" ".repeat(200)}`],
  ])("%j gets help, and commands nothing", (body) => {
    expect(readCommand(body)).toEqual({ name: "help", digest: "" });
  });

  test.each([
    ["> poolkeeper approve abcdef12"],
    ["```\npoolkeeper approve abcdef12\n```"],
    ["    poolkeeper approve abcdef12"],
    ["\tpoolkeeper approve abcdef12"],
    ["- poolkeeper plan"],
    ["<!-- poolkeeper:prod -->\npoolkeeper plan"],
    ["Please say\npoolkeeper plan"],
    ["poolkeeper"],
    ["poolkeeper \t "],
    ["`poolkeeper`"],
    ["poolkeepers reject it"],
    ["poolkeeper\nplan"],
    ["poolkeeper\u2028reject"],
    ["\u00a0> poolkeeper reject"],
    ["Please say\rpoolkeeper reject"],
    ["    \u200bpoolkeeper reject"],
    ["> poolkeeper reject"],
    [""],
  ])("%j commands nothing", (body) => {
    expect(readCommand(body)).toBeNull();
  });

  test.each([
    ["poolkeeper\u00a0reject", undefined],
    ["poolkeeper\u202freject\u00a0not tonight", "not tonight"],
    ["\u3000poolkeeper\u2003reject", undefined],
    ["\ufeffpoolkeeper reject", undefined],
    ["\u200b\npoolkeeper reject", undefined],
    ["poolkeeper re\u00adject", undefined],
    ["poolkeeper reject\u2028It drains everything.", undefined],
    ["poolkeeper reject\rIt drains everything.", undefined],
    ["\u2028poolkeeper reject\u0085", undefined],
    ["\u000bpoolkeeper reject: no\fnever", "no"],
  ])("%j looks like a rejection, and is one", (body, reason) => {
    expect(readCommand(body)).toEqual({ name: "reject", digest: "", ...(reason === undefined ? {} : { reason }) });
  });

  test.each([
    [`poolkeeper\u00a0approve ${DIGEST}`],
    [`poolkeeper approve ${DIGEST}\u2028but not today`],
    [`poolkeeper approve ${DIGEST}\rbut not today`],
    [`\u200bpoolkeeper approve ${DIGEST}`],
    ["poolkeeper\u00a0plan"],
  ])("%j looks like a command and is not written as one: it gets help", (body) => {
    expect(readCommand(body)).toEqual({ name: "help", digest: "" });
  });

  // What takes the square of its length would not come to an end within the limit of a test.
  test("of four megabytes that are nearly a command is read", () => {
    expect(readCommand(`poolkeeper approve${" ".repeat(4_000_000)}x`)?.name).toBe("help");
    expect(readCommand(`${"\u200b\u00a0\r".repeat(1_000_000)}poolkeeper reject`)?.name).toBe("reject");
  });
});
