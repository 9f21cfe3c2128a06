import { expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { explainCircle } from "../../../src/plan/order/explain-circle.ts";

test("a circle that nothing opens is a fault that stops the plan, and names each of its changes once, its steps and a way out", () => {
  const steps = (["queue.q/drain", "queue.q/delete", "cluster.c/drain", "cluster.d/drain"] as const).map((id) => ({
    id,
    address: id.slice(0, id.indexOf("/")) as "queue.q" | "cluster.c" | "cluster.d",
  }));
  const error = explainCircle(["queue.q/drain", "cluster.c/drain", "queue.q/delete"], steps);
  expect(error).toBeInstanceOf(OperationalError);
  expect(error).toMatchObject({ code: "steps_in_circle", next: "stop" });
  expect(error.message).toMatch(
    /^The changes of queue\.q, cluster\.c can't be planned together.*queue\.q\/delete.*--exclude/,
  );
  expect(error.message).not.toMatch(/cluster\.d/);
});
