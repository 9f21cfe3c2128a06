import { type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, onTestFinished, test } from "vitest";
import { traceSpan } from "../../../src/daemon/logging/trace-span.ts";

/** Takes the place of an SDK: what the spans were told, in order. */
function recordSpans(): readonly string[] {
  const told: string[] = [];
  const plain = trace.wrapSpanContext({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 });
  const span: Span = Object.create(plain, {
    setStatus: {
      value: ({ code, message }: { code: SpanStatusCode; message?: string }) => told.push(`${code} ${message}`),
    },
    end: { value: () => told.push("end") },
  });
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: () => span,
      startActiveSpan: (name: string, ...rest: readonly unknown[]) => {
        told.push(`${name} ${JSON.stringify(rest[0])}`);
        const run = rest.at(-1);
        return typeof run === "function" ? run(span) : undefined;
      },
    }),
  });
  onTestFinished(() => trace.disable());
  return told;
}

describe("a span", () => {
  test("is a plain call where no SDK is loaded", async () => {
    await expect(traceSpan("pass", {}, async () => 7)).resolves.toBe(7);
  });

  test("has the attributes, and ends with what it is about", async () => {
    const told = recordSpans();
    await traceSpan("pass", { run_id: "run-1" }, async () => undefined);
    expect(told).toEqual(['pass {"attributes":{"run_id":"run-1"}}', "end"]);
  });

  test("that fails says so by the kind of the error alone, which goes on", async () => {
    const told = recordSpans();
    const fail = async () => {
      throw new TypeError("a secret");
    };
    await expect(traceSpan("pass", {}, fail)).rejects.toThrow("a secret");
    expect(told.slice(1)).toEqual([`${SpanStatusCode.ERROR} TypeError`, "end"]);
  });
});
