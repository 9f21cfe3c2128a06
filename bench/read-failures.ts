/** The parts of a test run's JSON report that are read here. */
export interface TestReport {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** A property that did not hold, with what repeats it. */
export interface PropertyFailure {
  readonly test: string;
  /** Of the round, for POOLKEEPER_PROPERTY_SEED. */
  readonly seed: number;
  /** The path that leads to the shrunk counterexample at once; null where the test failed otherwise. */
  readonly path: string | null;
  /** Shrunk as far as it went; the test's message where there is none. */
  readonly counterexample: string;
  /** What was expected, without repeating the counterexample. */
  readonly message: string;
}

const MESSAGE_LENGTH = 4_000;

/** What failed in a test run. A file that could not be run at all is a failure too. */
export function readFailures(report: TestReport, seed: number): readonly PropertyFailure[] {
  return report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (file.assertionResults.length === 0) return [describe(file.name, file.message ?? "no test ran", seed)];
    return failed.map(({ fullName, failureMessages }) => describe(fullName, (failureMessages ?? []).join("\n"), seed));
  });
}

function describe(test: string, message: string, seed: number): PropertyFailure {
  const path = /\bpath: "([^"]*)"/.exec(message)?.[1] ?? null;
  const counterexample = /Counterexample: (.*)/.exec(message)?.[1] ?? message.split("\n")[0] ?? "";
  const rest = message.replace(counterexample, "...");
  // The rest is a stack, and stacks name the places of one machine.
  return { test, seed, path, counterexample, message: (rest.split("\n")[0] ?? "").slice(0, MESSAGE_LENGTH) };
}
