import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";

const TRACER = "poolkeeper";

/**
 * Runs something as a span of a trace, for whoever has loaded an OpenTelemetry SDK into the process (`node --import`); without
 * one it is a plain call. A pass is a span with `run_id`, `target` and `trigger`. What is thrown
 * ends the span as failed, by its kind alone, and goes on.
 */
export function traceSpan<T>(name: string, attributes: Attributes, run: () => Promise<T>): Promise<T> {
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await run();
    } catch (error) {
      // Its message stays in the log, which is redacted; a trace is not.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "unknown" });
      throw error;
    } finally {
      span.end();
    }
  });
}
