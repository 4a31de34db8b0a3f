/** Fixed values of the contract. The server needs them while it starts, so this file imports nothing. */

export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 100;
/** WorkOS pages its own lists by ten, with the same maximum. */
export const DEFAULT_USER_PAGE_LIMIT = 10;

export const CALLBACK_PATH = '/v1/auth/web/callback';

/** Sizes in bytes, times in seconds (contract §2). */
export const USAGE_POLICY = {
  file_size_cap_bytes: 10_485_760,
  artifact_size_cap_bytes: 26_214_400,
  file_count_cap: 100,
  actor_rate_limit_per_minute: 60,
  workspace_burst_cap_per_minute: 300,
  upload_session_ttl_seconds: 86_400,
  default_ttl_seconds: 2_592_000,
  min_ttl_seconds: 86_400,
  max_ttl_seconds: 7_776_000,
} as const;

/** The same for every workspace (contract §2). */
export const WORKSPACE_SETTINGS = {
  auto_deletion_days: 30,
  usage_policy: { artifacts_per_day: 0, bytes_per_day: 26_214_400 },
} as const;
