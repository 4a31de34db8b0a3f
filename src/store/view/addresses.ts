/** The addresses that a member had, as far as stored facts tell: a sign-in that changes one makes no event. */
import type { CallbackItem, MemberItem, WorkspaceItem } from '../read-store.ts';

export interface AddressSeen {
  readonly email: string;
  /** When the member had it for the first time, or by when at the latest. ISO 8601. */
  readonly since: string;
  /** False if the log does not show the sign-in that changed it. */
  readonly exact: boolean;
  /** The callback that brought it, or the first one in the log. */
  readonly request_id: string | null;
}

interface Known {
  readonly member: MemberItem;
  /** It keeps the first address. */
  readonly workspace: WorkspaceItem;
  readonly provisionedBy: string | null;
  /** Of the member, oldest first. */
  readonly attempts: readonly CallbackItem[];
}

/** Oldest first; the last one is the address of the member now. */
export function addressesOf({ member, workspace, provisionedBy, attempts }: Known): readonly AddressSeen[] {
  const { contact_email: first } = workspace;
  const addresses: AddressSeen[] =
    first === null ? [] : [{ email: first, since: member.created_at, exact: true, request_id: provisionedBy }];
  const current = () => addresses.at(-1)?.email;
  let isContinuous = false;
  for (const { outcome, email, at, request_id } of attempts) {
    // A replay changes nothing, so the member keeps the address until the next sign-in.
    if (outcome !== 'provisioned' && outcome !== 'seen') continue;
    if (email !== null && email !== current()) addresses.push({ email, since: at, exact: isContinuous, request_id });
    isContinuous = email !== null; // an older server wrote none
  }
  if (member.email !== current())
    addresses.push({ email: member.email, since: member.last_seen_at, exact: false, request_id: null });
  return addresses;
}
