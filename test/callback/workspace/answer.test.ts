import { expect, test } from 'vitest';
import {
  apiKeySummary,
  callbackBody,
  memberSummary,
  workspaceSummary,
} from '../../../src/callback/workspace/answer.ts';
import type { ApiKeyRow, MemberRow, WorkspaceRow } from '../../../src/callback/workspace/records.ts';

const AT = '2026-01-01T00:00:00.000Z';
const UUID = '11111111-1111-4111-8111-111111111111';

const workspace: WorkspaceRow = { id: UUID, name: "ada's Workspace", contact_email: 'ada@example.com', created_at: AT };
const member: MemberRow = {
  id: 'mem_1',
  workspace_id: UUID,
  workos_user_id: 'user_1',
  email: 'ada@example.com',
  scopes: ['publish', 'read', 'admin'],
  created_at: AT,
  last_seen_at: AT,
};
const key: ApiKeyRow = {
  id: 'key_1',
  workspace_id: UUID,
  name: 'Default',
  public_id: '0123456789ABCDEF',
  secret_hmac: 'not shown',
  pepper_kid: 3,
  scopes: ['publish', 'read'],
  revoked_at: null,
  created_at: AT,
  last_used_at: null,
};
const secret = 'ap_pk_live_0123456789ABCDEF_secret';

test('shows the secret once in the answer, and neither HMAC nor pepper', () => {
  const shown = JSON.parse(callbackBody(workspace, member, { key, secret }).toString());
  expect(shown).toEqual({
    workspace: { id: UUID, name: "ada's Workspace", created_at: AT },
    workspace_member: {
      id: 'mem_1',
      workspace_id: UUID,
      email: 'ada@example.com',
      scopes: ['publish', 'read', 'admin'],
      created_at: AT,
      last_seen_at: AT,
    },
    scopes: ['publish', 'read', 'admin'],
    default_api_key: {
      api_key: {
        id: 'key_1',
        workspace_id: UUID,
        name: 'Default',
        public_id: '0123456789ABCDEF',
        scopes: ['publish', 'read'],
        revoked_at: null,
        created_at: AT,
        last_used_at: null,
      },
      secret,
    },
  });
  expect(JSON.parse(callbackBody(workspace, member, null).toString())).toEqual({ ...shown, default_api_key: null });
});

test('copies the lists of a summary, so changing one changes no row', () => {
  expect(memberSummary(member).scopes).not.toBe(member.scopes);
  expect(apiKeySummary(key).scopes).not.toBe(key.scopes);
  expect(workspaceSummary(workspace)).toEqual({ id: UUID, name: "ada's Workspace", created_at: AT });
});
