import fc from "fast-check";

/**
 * Set-up of each file: properties that name no seed of their own draw the same in every run, so that a run fails by what was changed and never
 * by chance. The soak goes through other seeds.
 */
fc.configureGlobal({ seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1) });
