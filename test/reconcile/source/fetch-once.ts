import { openRepository } from "../../../src/reconcile/source/open-repository.ts";
import { configureRepository } from "./configure-repository.ts";

/** A program that fetches once; its one argument is JSON: the repository's address and the folder of mirrors. */
const { url, folder } = JSON.parse(process.argv[2] ?? "{}");
const source = await openRepository(configureRepository({ url }), { folder, readSecret: () => "", allowed: [url] });
await source.fetch();
