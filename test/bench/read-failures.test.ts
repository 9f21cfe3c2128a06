import { describe, expect, test } from "vitest";
import { readFailures } from "../../bench/read-failures.ts";

const MESSAGE = `Error: Property failed after 3 tests
{ seed: 7, path: "2:1:0", endOnFailure: true }
Counterexample: [{"past":[]},152]
Shrunk 2 time(s)`;

function report(assertionResults: readonly { fullName: string; status: string; failureMessages: string[] }[]) {
  return { numTotalTests: assertionResults.length, testResults: [{ name: "a.test.ts", assertionResults }] };
}

describe("what a soak finds", () => {
  test("a property that does not hold is told with what repeats it", () => {
    const failed = report([
      { fullName: "it holds", status: "passed", failureMessages: [] },
      { fullName: "it breaks", status: "failed", failureMessages: [MESSAGE] },
    ]);
    expect(readFailures(failed, 7)).toEqual([
      { test: "it breaks", seed: 7, path: "2:1:0", counterexample: '[{"past":[]},152]', message: expect.any(String) },
    ]);
  });

  test("a test file that could not run is a failure, too", () => {
    expect(
      readFailures(
        { numTotalTests: 0, testResults: [{ name: "a.test.ts", message: "no such module", assertionResults: [] }] },
        7,
      ),
    ).toEqual([{ test: "a.test.ts", seed: 7, path: null, counterexample: "no such module", message: "..." }]);
  });
});
