import { waitFor } from "../set-up/wait-for.ts";
import type { DaemonProcess } from "./start-process.ts";

/** The replica in whose pass a write is under way, and another one. */
export async function findWriter(
  replicas: readonly DaemonProcess[],
): Promise<readonly [writer: DaemonProcess, other: DaemonProcess]> {
  let found: DaemonProcess | undefined;
  await waitFor(
    async () => {
      const targets = await Promise.all(replicas.map((replica) => replica.target()));
      found = replicas[targets.findIndex(({ running }) => running?.progress.some((line) => line.endsWith("started")))];
      return found !== undefined;
    },
    () => "no replica writes",
  );
  const other = replicas.find((replica) => replica !== found);
  if (found === undefined || other === undefined) throw new Error("there are fewer than two replicas");
  return [found, other];
}
