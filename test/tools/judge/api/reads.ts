/** What the routes of the dashboard and of API keys show (contract, section 2). */
import type { ApiKey, Member, Rules } from './rules.ts';
import { memberOf, workspaceOf } from './sign-in.ts';
import type { Store } from './store.ts';

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
};

const PAGE_INFO = { next_cursor: null, has_more: false };

export function dashboardBody(
  path: string,
  member: Member,
  key: object | undefined,
  { memberScopes }: Rules,
): Record<string, unknown> | undefined {
  switch (path) {
    case '/v1/web/workspace': {
      const workspace = workspaceOf(member);
      const workspace_member = memberOf(member, memberScopes);
      return { workspace, workspace_member, usage_policy: USAGE_POLICY, default_key_first_run: false };
    }
    case '/v1/web/keys':
      return { items: key === undefined ? [] : [{ ...key, expires_at: null, revoked: false }], page_info: PAGE_INFO };
    case '/v1/web/audit':
      return { items: key === undefined ? [] : eventsOf(member, key as { id: string }), page_info: PAGE_INFO };
    case '/v1/web/artifacts':
      return { items: [], page_info: PAGE_INFO };
    case '/v1/web/settings':
      return {
        workspace_name: member.workspaceName,
        auto_deletion_days: 30,
        usage_policy: { artifacts_per_day: 0, bytes_per_day: 26_214_400 },
      };
    default:
      return undefined;
  }
}

function eventsOf({ workspaceId, createdAt }: Member, { id }: { readonly id: string }): object[] {
  const event = { time: createdAt, actor: 'system:web-auth', request_id: 'req_first' };
  return [
    { id: `evt_k${id}`, ...event, action: 'api_key.created', target: `api_key:${id}`, change_summary: 'name=Default' },
    { id: `evt_w${id}`, ...event, action: 'workspace.created', target: `workspace:${workspaceId}`, change_summary: '' },
  ];
}

/** The key whose secret this is, as exactly as the rules look. */
export function apiKeyOf(credential: string, { keys }: Store, rules: Rules): ApiKey | undefined {
  const publicId = /^ap_pk_preview_([0-9A-Z]{16})_/.exec(credential)?.[1];
  const key = publicId === undefined ? undefined : keys.get(publicId);
  if (key === undefined || !rules.keepsKey(key, Date.now())) return undefined;
  return rules.keyWithSecret === 'not looked at' || key.secretHash === rules.hashOf(credential) ? key : undefined;
}
