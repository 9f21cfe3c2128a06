import { GRAPH_OPTIONS, ROUTING_OPTIONS, STATUS_OPTIONS } from "./command-options.ts";
import { type DefineCommand, FOLDER, folder, introduce } from "./define-command.ts";

/** What is there. */
export const status: DefineCommand = (cli, call) =>
  cli.command(
    "status [address]",
    "Show pools, clusters, queues, settings and rows of flyteadmin as they are now",
    (builder) =>
      introduce(builder, call, "status", "one address", "poolkeeper status cluster.prod-us-east-1", STATUS_OPTIONS)
        .positional("address", {
          type: "string",
          describe: "cluster_pool.NAME, cluster.NAME, queue.NAME, settings.ORG/DOMAIN, ...; all when left out",
        })
        .options(STATUS_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./status.ts")).runStatus({
          ...argv,
          address: argv.address,
          timeoutMs: argv.timeout,
          colour: argv.color,
        }),
      ),
  );

/** Who runs where. */
export const routing: DefineCommand = (cli, call) =>
  cli.command(
    "routing <dir>",
    "Say which clusters runs and queues reach, and why: now, and once it is applied",
    (builder) => {
      const example = "poolkeeper routing config-repo --project ml --domain production";
      return introduce(builder, call, "routing", FOLDER, example, ROUTING_OPTIONS)
        .positional("dir", folder("route by"))
        .options(ROUTING_OPTIONS);
    },
    (argv) =>
      call.run(async () =>
        (await import("./routing.ts")).runRouting({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );

/** The same as a picture. */
export const graph: DefineCommand = (cli, call) =>
  cli.command(
    "graph <dir>",
    "Draw scopes, queues, pools and clusters, with what a plan changes coloured",
    (builder) =>
      introduce(builder, call, "graph", FOLDER, "poolkeeper graph config-repo --out routing.svg", GRAPH_OPTIONS)
        .positional("dir", folder("draw"))
        .options(GRAPH_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./graph.ts")).runGraph({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );
