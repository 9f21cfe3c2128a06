import { createHmac } from "node:crypto";

/** What the forge of the tests signs with. */
export const HOOK_SECRET = "secret-of-the-forge-0001";

/** Tells a daemon of a push as Gitea does, and gives the status of its answer. */
export async function deliverPush(
  url: string,
  {
    delivery,
    after,
    secret = HOOK_SECRET,
  }: { readonly delivery: string; readonly after: string; readonly secret?: string },
): Promise<number> {
  const body = JSON.stringify({ ref: "refs/heads/main", after });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = {
    "content-type": "application/json",
    "x-gitea-delivery": delivery,
    "x-gitea-event": "push",
    "x-gitea-signature": signature,
  };
  const response = await fetch(`${url}/webhooks/prod`, { method: "POST", headers, body });
  return response.status;
}
