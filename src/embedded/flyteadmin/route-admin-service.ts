import type { DescMethodUnary } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { AdminService } from "../../systems/control-plane/gen/flyteidl/service/admin_pb.js";
import type { FlyteadminModel } from "./create-flyteadmin-model.ts";

/** `flyteidl.service.AdminService` over a model: the methods for projects, domains and matchable attributes. */
export function routeAdminService(router: ConnectRouter, model: FlyteadminModel): void {
  const methods: readonly DescMethodUnary[] = Object.values(AdminService.method);
  for (const method of methods) {
    router.rpc(method, async (request) => model.call(method, request));
  }
}
