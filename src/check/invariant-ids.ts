/** The names of the invariants: scripts and reports rely on them. */
export const INVARIANT_IDS = [
  'replay-identical',
  'replay-changes-nothing',
  'jti-before-sid',
  'sid-fallback',
  'no-id-refused',
  'blank-id-refused',
  'one-member-per-user',
  'one-secret-per-user',
  'concurrent-duplicates-agree',
  'no-cross-user-replay',
  'refused-leaves-nothing',
  'new-token-updates-seen',
  'email-refreshes',
  'survives-restart',
  'lost-answer-replays',
  'failed-provisioning-leaves-nothing',
  'key-rotation-accepted',
  'removed-key-refused',
  'bad-tokens-refused',
  'secret-verifies',
  'secret-not-at-rest',
] as const;

export type InvariantId = (typeof INVARIANT_IDS)[number];
