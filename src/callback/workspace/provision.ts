/** The rows of a first sign-in as plain values; the store writes them in one transaction (contract §1, step 6). */
import type { RandomSource } from '../../machine/random.ts';
import { isoTime } from '../../machine/values/time.ts';
import { formatApiKey, hashSecret, type KeyEnvironment, type Pepper } from './api-key.ts';
import {
  type ApiKeyRow,
  type EventRow,
  KEY_SCOPES,
  MEMBER_SCOPES,
  type MemberRow,
  type WorkspaceRow,
} from './records.ts';

export interface NewSignIn {
  readonly subject: string;
  readonly email: string;
  /** Milliseconds since 1970; every row has this time. */
  readonly now: number;
  readonly requestId: string;
  readonly keyEnvironment: KeyEnvironment;
  readonly pepper: Pepper;
}

export interface Provisioned {
  readonly workspace: WorkspaceRow;
  readonly member: MemberRow;
  readonly key: ApiKeyRow;
  readonly events: readonly EventRow[];
  /** The whole text of the key; only the answer contains it. */
  readonly secret: string;
}

export function provision(signIn: NewSignIn, random: RandomSource): Provisioned {
  const { subject, email, now } = signIn;
  const created_at = isoTime(now);
  const workspace_id = random.uuid();
  const publicId = random.ulid(now).slice(10); // the random part of a ULID: 16 Crockford characters
  const secret = random.bytes(32).toString('base64url');

  const workspace: WorkspaceRow = {
    id: workspace_id,
    name: `${localPart(email)}'s Workspace`,
    contact_email: email,
    created_at,
  };
  const member: MemberRow = {
    id: `mem_${random.ulid(now)}`,
    workspace_id,
    workos_user_id: subject,
    email,
    scopes: MEMBER_SCOPES,
    created_at,
    last_seen_at: created_at,
  };
  const key: ApiKeyRow = {
    id: `key_${random.ulid(now)}`,
    workspace_id,
    name: 'Default',
    public_id: publicId,
    secret_hmac: hashSecret(signIn.pepper, secret),
    pepper_kid: signIn.pepper.kid,
    scopes: KEY_SCOPES,
    revoked_at: null,
    created_at,
    last_used_at: null,
  };
  const event = (action: string, target_type: string, target_id: string, details: EventRow['details']): EventRow => ({
    id: `evt_${random.ulid(now)}`,
    workspace_id,
    actor_type: 'system',
    actor_id: 'web-auth',
    action,
    target_type,
    target_id,
    details,
    request_id: signIn.requestId,
    created_at,
  });
  return {
    workspace,
    member,
    key,
    events: [
      event('workspace.created', 'workspace', workspace.id, {}),
      event('api_key.created', 'api_key', key.id, { name: key.name, public_id: publicId }),
    ],
    secret: formatApiKey(signIn.keyEnvironment, { publicId, secret }),
  };
}

function localPart(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}
