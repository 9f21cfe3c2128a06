import { type DefineCommand, FOLDER, folder, introduce } from "../options/define-command.ts";
import { GRAPH_OPTIONS, ROUTING_OPTIONS, STATUS_OPTIONS } from "../options/option-tables.ts";

/** `status`. */
export const status: DefineCommand = (cli, call) =>
  cli.command(
    "status [address]",
    "Show live pools, clusters, queues, settings and flyteadmin attributes",
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

/** `routing`. */
export const routing: DefineCommand = (cli, call) =>
  cli.command(
    "routing <dir>",
    "Explain which clusters runs and queues reach, now and after an apply",
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

/** `graph`. */
export const graph: DefineCommand = (cli, call) =>
  cli.command(
    "graph <dir>",
    "Draw scopes, queues, pools and clusters, with the plan's changes highlighted",
    (builder) =>
      introduce(builder, call, "graph", FOLDER, "poolkeeper graph config-repo --out routing.svg", GRAPH_OPTIONS)
        .positional("dir", folder("draw"))
        .options(GRAPH_OPTIONS),
    (argv) =>
      call.run(async () =>
        (await import("./graph.ts")).runGraph({ ...argv, timeoutMs: argv.timeout, colour: argv.color }),
      ),
  );
