import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { GenService, GenServiceMethods } from "@bufbuild/protobuf/codegenv2";
import type { Change, State } from "../state/state.ts";

/** The result of a rule for a request that it accepts. Default changes: none. */
export interface Outcome<Response> {
  readonly response: Response;
  readonly changes?: readonly Change[];
}

/** The rule of one method: a pure function that throws a `refuse(...)` error for a request that it does not accept. */
export type Rule<Method extends DescMethodUnary> = (
  state: State,
  request: MessageShape<Method["input"]>,
  now: number,
) => Outcome<MessageInitShape<Method["output"]>>;

/** One rule for each unary method of a service, under the method's local name. */
export type Rules<Service extends GenService<GenServiceMethods>> = {
  readonly [Name in keyof Service["method"] as Service["method"][Name] extends DescMethodUnary
    ? Name
    : never]: Service["method"][Name] extends DescMethodUnary ? Rule<Service["method"][Name]> : never;
};
