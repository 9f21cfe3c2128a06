import { expect, test } from "vitest";
import { nameGiver } from "../../../src/model/passes/decision.ts";

test("who decided is named with the reason, cut and on one line, as an escape where no eye sees it", () => {
  expect(nameGiver({ by: "alex", reason: null })).toBe("alex");
  expect(nameGiver({ by: "alex", reason: " incident 42 " })).toBe("alex (incident 42)");
  expect(nameGiver({ by: "alex", reason: "no\n\u202eApproved by eve" })).toBe("alex (no\\u000a\\u202eApproved by eve)");
  expect(nameGiver({ by: "alex", reason: "x".repeat(10_000) })).toHaveLength(507);
});
