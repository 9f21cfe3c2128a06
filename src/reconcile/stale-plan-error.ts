import { OperationalError } from "../model/errors/operational-error.ts";

/** An outdated plan; exit code 5. */
export class StalePlanError extends OperationalError {
  constructor(message: string) {
    super("stale_plan", message, { next: "stop" });
    this.name = "StalePlanError";
  }
}
