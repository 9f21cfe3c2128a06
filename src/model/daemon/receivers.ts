/** The types of receivers of notifications, and whether the bodies that they get can be signed. The compiler asks for each wherever they differ. */
export const RECEIVERS = {
  slack: { signs: false },
  webhook: { signs: true },
} as const satisfies Readonly<Record<string, { readonly signs: boolean }>>;
export type ReceiverType = keyof typeof RECEIVERS;
