import { createClient } from "@connectrpc/connect";
import { readPages } from "../http/read-pages.ts";
import { ProjectService } from "./gen/flyteidl2/project/project_service_pb.js";
import type { Wire } from "./list-records.ts";
import type { ProjectsReader } from "./reader.ts";

/** The reads of projects: all that the server lists, archived ones too where it lists them, since settings of theirs may name a queue. */
export function createProjectsReader({ transport, caller, org, reading }: Wire): ProjectsReader {
  const client = createClient(ProjectService, transport);
  const rpc = "ProjectService/ListProjects";
  return {
    listProjects: () =>
      readPages(
        rpc,
        ({ id }) => id,
        async (limit, token) => {
          const { projects } = await caller.read(rpc, (options) => client.listProjects({ limit, token, org }, options));
          const records = (projects?.projects ?? []).map(({ id, domains }) => {
            return { id, domains: domains.map((domain) => domain.id) };
          });
          return { records, token: projects?.token ?? "" };
        },
        reading,
      ),
  };
}
