import {
  approve,
  audit,
  blame,
  history,
  pause,
  reconcile,
  reject,
  resume,
  targets,
} from "./commands/define-daemon-commands.ts";
import { importLive, init, schema, validate } from "./commands/define-folder-commands.ts";
import { graph, routing, status } from "./commands/define-live-commands.ts";
import { apply, drift, plan, show } from "./commands/define-plan-commands.ts";
import { prComment } from "./commands/define-request-commands.ts";
import { config, controlPlane, demo, policy, run } from "./commands/define-serving-commands.ts";
import { backup, forget, restore } from "./commands/define-store-commands.ts";
import type { Call, CommandLine } from "./options/define-command.ts";

/** Every command, in the order in which the help lists them. */
const COMMANDS = {
  ...{ init, validate, plan, apply, show, status, drift, routing, graph, import: importLive, "pr-comment": prComment },
  ...{ run, targets, history, blame, audit, approve, reject, pause, resume, reconcile, backup, restore, forget },
  ...{ config, policy, schema, "control-plane": controlPlane, demo },
} as const;

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Puts every command on a command line. Commands are loaded only when they are run. */
export function defineCommands(cli: CommandLine, call: Call): CommandLine {
  return Object.values(COMMANDS).reduce((line, define) => define(line, call), cli);
}
