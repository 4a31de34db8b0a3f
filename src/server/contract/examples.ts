/** One sign-in and the reads after it: the examples of the OpenAPI document. Every key and id is made up. */
import type { z } from 'zod';
import type { ApiKeySummary, MemberSummary, WorkspaceSummary } from '../../callback/workspace/answer.ts';
import { defaultsOf, fieldsOf, propertiesOf } from '../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import { LOCAL_CLIENT_ID } from '../../machine/settings.ts';
import { USAGE_POLICY, WORKSPACE_SETTINGS } from './constants.ts';
import type { SchemaName } from './routes.ts';
import type * as schemas from './schemas.ts';

type Examples = { readonly [N in SchemaName]?: Readonly<Record<string, z.infer<(typeof schemas)[N]>>> };

const SIGNED_IN = '2026-03-02T09:30:00.125Z';
const SEEN_AGAIN = '2026-03-03T08:15:42.007Z';

const workspace: WorkspaceSummary = {
  id: '6f1c9a52-3d0b-4e7a-9c44-2b8f5d1e7a90',
  name: "ada's Workspace",
  created_at: SIGNED_IN,
};

const workspace_member: MemberSummary = {
  id: 'mem_01KJQ2M8RXA3B4C5D6E7F8G9HJ',
  workspace_id: workspace.id,
  email: 'ada@example.com',
  scopes: ['publish', 'read', 'admin'],
  created_at: SIGNED_IN,
  last_seen_at: SIGNED_IN,
};

const api_key: ApiKeySummary = {
  id: 'key_01KJQ2M8RXK7M8N9P0Q1R2S3TV',
  workspace_id: workspace.id,
  name: 'Default',
  public_id: '4WXYZ0123456789A',
  scopes: ['publish', 'read'],
  revoked_at: null,
  created_at: SIGNED_IN,
  last_used_at: null,
};

const artifact: schemas.Artifact = {
  id: 'art_01KJQ5T4G2V3W4X5Y6Z7A8B9CD',
  title: 'Quarterly report',
  status: 'Published',
  latest_revision_id: 'rev_01KJQ5T4G2E3F4G5H6J7K8M9NP',
  pinned: false,
  lockdown: false,
  last_published_at: '2026-03-02T10:00:00.000Z',
  auto_delete_at: '2026-04-01T10:00:00.000Z',
};

const user: schemas.WorkosUser = {
  object: 'user',
  id: 'user_01KJQ2JZ5NQ6R7S8T9V0W1X2YZ',
  email: workspace_member.email,
  email_verified: true,
  first_name: 'Ada',
  last_name: null,
  last_sign_in_at: SIGNED_IN,
  external_id: null,
  metadata: {},
  created_at: SIGNED_IN,
  updated_at: SIGNED_IN,
};

const onlyPage: schemas.PageInfo = { next_cursor: null, has_more: false };

export const EXAMPLES: Examples = {
  CallbackResponse: {
    provisioned: {
      workspace,
      workspace_member,
      scopes: workspace_member.scopes,
      default_api_key: { api_key, secret: `ap_pk_preview_${api_key.public_id}_${'example'.repeat(6)}0` },
    },
    seen: {
      workspace,
      workspace_member: { ...workspace_member, last_seen_at: SEEN_AGAIN },
      scopes: workspace_member.scopes,
      default_api_key: null,
    },
  },
  WebWorkspace: {
    member: { workspace, workspace_member, usage_policy: USAGE_POLICY, default_key_first_run: false },
  },
  ArtifactList: { onlyPage: { items: [artifact], page_info: onlyPage } },
  ArtifactDetail: { published: { ...artifact, entrypoint: 'index.html', file_count: 3, size_bytes: 48_213 } },
  KeyList: { onlyPage: { items: [{ ...api_key, expires_at: null, revoked: false }], page_info: onlyPage } },
  AuditList: {
    firstPage: {
      items: [
        {
          id: 'evt_01KJQ2M8RXW4X5Y6Z7A8B9C0DE',
          time: SIGNED_IN,
          actor: 'system:web-auth',
          action: 'api_key.created',
          target: `api_key:${api_key.id}`,
          change_summary: `name=${api_key.name}, public_id=${api_key.public_id}`,
          request_id: 'req_01KJQ2M8RXF1G2H3J4K5M6N7P8',
        },
      ],
      page_info: { next_cursor: 'WyJldmVudHMiLDJd', has_more: true },
    },
  },
  WorkspaceSettings: { all: { workspace_name: workspace.name, ...WORKSPACE_SETTINGS } },
  Whoami: {
    defaultKey: {
      actor: { type: 'api_key', id: api_key.id, name: api_key.name },
      workspace,
      scopes: api_key.scopes,
      usage_policy: USAGE_POLICY,
    },
  },
  UsagePolicy: { all: USAGE_POLICY },
  Health: { alive: { status: 'ok' } },
  VerifierSettings: {
    localMode: {
      ...fieldsOf(VERIFIER_SETTINGS, propertiesOf(VERIFIER_SETTINGS, defaultsOf(VERIFIER_SETTINGS))),
      jwks_url: `http://127.0.0.1:8787/sso/jwks/${LOCAL_CLIENT_ID}`,
      workos_api_url: 'http://127.0.0.1:8787',
    },
  },
  WorkosUser: { one: user },
  WorkosUserList: { lastPage: { object: 'list', data: [user], list_metadata: { before: null, after: null } } },
};
