/** A device asks whether a person has approved its sign-in (RFC 8628 section 3.4). */
import type { SignInContext } from '../authkit.ts';
import { invalidGrant, oauthRefusal, type Refusal } from '../refusal.ts';
import { digestOf } from '../secrets.ts';
import { beginSession, type Client } from '../session.ts';
import { exchangeFailure } from '../sign-in-failures.ts';
import type { DeviceRow, SignInRows } from '../sign-ins.ts';
import type { Grant, Granted } from './grant.ts';

export const byDeviceCode: Grant = {
  needs: ['device_code'],
  isOpen: () => true,
  redeem: ({ values: { device_code = '' }, client, signIns, context }) =>
    signIns.write((rows) => polled(rows, rows.devices.find(digestOf(device_code)), client, context)),
};

/** RFC 8628 section 3.5. */
const SLOWER_MS = 5000;
const UNKNOWN = invalidGrant('Invalid device code.');

function polled(
  rows: SignInRows,
  device: DeviceRow | undefined,
  client: Client,
  context: SignInContext,
): Granted | Refusal {
  const { now, settings } = context;
  if (device === undefined || device.client_id !== settings.clientId || device.state === 'exchanged') return UNKNOWN;
  if (device.expires_at <= now) return oauthRefusal('expired_token', 'The device code has expired.');
  if (device.state === 'denied') return oauthRefusal('access_denied', 'The user denied the sign-in.');
  if (device.state === 'approved') return signedIn(rows, device, client, context);
  const isEarly = device.polled_at !== null && now - device.polled_at < device.interval_ms;
  const interval_ms = device.interval_ms + (isEarly ? SLOWER_MS : 0);
  rows.devices.update({ ...device, interval_ms, polled_at: now });
  return isEarly
    ? oauthRefusal('slow_down', `Polls must be ${interval_ms / 1000} seconds apart.`)
    : oauthRefusal('authorization_pending', 'The user has not signed in yet.');
}

function signedIn(rows: SignInRows, device: DeviceRow, client: Client, context: SignInContext): Granted | Refusal {
  const { hash, method, failure, signed_in_at, user_id, organization_id } = device;
  const user = user_id === null ? undefined : rows.users.find(user_id);
  if (user === undefined || method === null || signed_in_at === null) return UNKNOWN;
  const membership = rows.organizations.activeOf(user.id).find((m) => m.organization_id === organization_id);
  if (organization_id !== null && membership === undefined) return UNKNOWN;
  const relent = () => rows.devices.update({ ...device, failure: null });
  const began = { method, signedInAt: signed_in_at, client };
  const failed = exchangeFailure(failure, { rows, user, beginning: began, context, relent });
  if (failed !== undefined) return failed;
  rows.devices.update({ ...device, state: 'exchanged' });
  const beginning = { code_hash: hash, redirect_origin: null, method, failure, signed_in_at };
  return {
    answer: beginSession(rows, user, membership, beginning, client, context),
    outcome: 'exchanged',
    userId: user.id,
  };
}
