import { createGitSink } from "../../../src/systems/delivery/create-git-sink.ts";
import { OPEN_FENCE } from "../../set-up/open-fence.ts";

/** A program that delivers once; its one argument is JSON: the sink's options and the delivery. */
const { options, delivery } = JSON.parse(process.argv[2] ?? "{}");
await createGitSink(options).deliver(delivery, OPEN_FENCE);
