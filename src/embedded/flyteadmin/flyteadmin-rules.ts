import type { DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { AdminService } from "../../systems/control-plane/gen/flyteidl/service/admin_pb.js";
import type { FlyteadminChange, FlyteadminState } from "./flyteadmin-state.ts";

type Methods = (typeof AdminService)["method"];

/** The rule of one method: a pure function that throws a `refuse(...)` error for a request that it does not accept. Default changes: none. */
export type FlyteadminRule<Method extends DescMethodUnary> = (
  state: FlyteadminState,
  request: MessageShape<Method["input"]>,
  now: number,
) => { readonly response: MessageInitShape<Method["output"]>; readonly changes?: readonly FlyteadminChange[] };

/** The rules of the named methods of AdminService. */
export type FlyteadminRules<Names extends keyof Methods = keyof Methods> = {
  readonly [Name in Names]: FlyteadminRule<Methods[Name]>;
};
