// A process of its own for tests: node open-exclusively.ts DIRECTORY. Has the directory until it is killed.
import { openDatabase } from "../../src/store/open-store.ts";

await openDatabase(process.argv[2] ?? "", { exclusive: true });
process.stdout.write("ready\n");
setInterval(() => {}, 60_000);
