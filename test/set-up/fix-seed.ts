import fc from "fast-check";

/**
 * Set-up of each file: properties that name no seed of their own draw from that of the run, so that a run of one commit fails by what was changed
 * and never by chance. A failure shows the seed, which `POOLKEEPER_PROPERTY_SEED` repeats.
 */
fc.configureGlobal({ seed: Number(process.env.POOLKEEPER_PROPERTY_SEED) });
