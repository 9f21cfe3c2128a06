import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";

const TRACER = "poolkeeper";

/**
 * Runs a function as a span of a trace, where an OpenTelemetry SDK is loaded into the process (`node --import`); else it is a plain call. A
 * pass is a span with `run_id`, `target` and `trigger`. An error ends the span as failed, by its kind alone, and is rethrown.
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
