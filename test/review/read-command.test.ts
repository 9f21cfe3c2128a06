import { describe, expect, test } from "vitest";
import { readCommand } from "../../src/review/read-command.ts";

describe("a comment", () => {
  test.each([
    ["poolkeeper plan", { name: "plan", digest: "" }],
    ["/poolkeeper apply", { name: "apply", digest: "" }],
    ["\r\n  poolkeeper approve ABCDEF12  \r\nThank you!", { name: "approve", digest: "abcdef12" }],
    ["POOLKEEPER Unlock", { name: "unlock", digest: "" }],
    ["poolkeeper dance", { name: "help", digest: "" }],
  ])("%j commands", (body, command) => {
    expect(readCommand(body)).toEqual(command);
  });

  test.each([
    ["> poolkeeper approve abcdef12"],
    ["```\npoolkeeper approve abcdef12\n```"],
    ["    poolkeeper approve abcdef12"],
    ["\tpoolkeeper approve abcdef12"],
    ["`poolkeeper approve abcdef12`"],
    ["- poolkeeper plan"],
    ["<!-- poolkeeper:prod -->\npoolkeeper plan"],
    ["Please say\npoolkeeper plan"],
    ["poolkeeper plan, please"],
    ["poolkeeper"],
    ["poolkeeper\nplan"],
    ["poolkeeper approve not-a-digest"],
    [""],
  ])("%j commands nothing", (body) => {
    expect(readCommand(body)).toBeNull();
  });

  // What takes the square of its length would not come to an end within the limit of a test.
  test("of four megabytes that are nearly a command is read", () => {
    expect(readCommand(`poolkeeper approve${" ".repeat(4_000_000)}x`)).toBeNull();
  });
});
