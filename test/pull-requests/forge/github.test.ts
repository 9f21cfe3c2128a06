import { openGithub } from "../../../src/pull-requests/forge/github.ts";
import { describeForge } from "./describe-forge.ts";
import { startGithubServer } from "./github-server.ts";

describeForge("GitHub", {
  start: startGithubServer,
  open: openGithub,
  reactions: { seen: "eyes", done: "+1", refused: "-1" },
});
