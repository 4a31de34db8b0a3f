/** The sign-in of a device that cannot show a page: a person approves it in a browser (RFC 8628). */
import type { RandomSource } from '../../machine/random.ts';
import type { SignInContext } from './authkit.ts';
import type { SignedIn } from './code.ts';
import { digestOf, newSecret } from './secrets.ts';
import { failureNamed } from './sign-in-failures.ts';
import type { DeviceRow, SignInRows } from './sign-ins.ts';

const LIFETIME_MS = 300_000;
const INTERVAL_MS = 5000;
/** Without vowels, so that no words occur, and without letters that look like others. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

export interface DeviceCodes {
  readonly deviceCode: string;
  readonly userCode: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly interval: number;
}

/** @returns the codes; only the hash of the device code is stored */
export function beginDevice(rows: SignInRows, { now, random, settings }: SignInContext): DeviceCodes {
  const deviceCode = newSecret(random);
  let userCode = newUserCode(random);
  while (rows.devices.ofUserCode(userCode) !== undefined) userCode = newUserCode(random);
  rows.devices.insert({
    hash: digestOf(deviceCode),
    user_code: userCode,
    client_id: settings.clientId,
    state: 'pending',
    user_id: null,
    organization_id: null,
    method: null,
    failure: null,
    signed_in_at: null,
    interval_ms: INTERVAL_MS,
    polled_at: null,
    expires_at: now + LIFETIME_MS,
  });
  return { deviceCode, userCode, expiresIn: LIFETIME_MS / 1000, interval: INTERVAL_MS / 1000 };
}

/** The waiting request with that code, in any spelling that a person may type. */
export function waitingDevice(rows: SignInRows, typed: string, now: number): DeviceRow | undefined {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  if (letters.length !== 8) return undefined;
  const device = rows.devices.ofUserCode(`${letters.slice(0, 4)}-${letters.slice(4)}`);
  return device?.state === 'pending' && device.expires_at > now ? device : undefined;
}

/** Failures that a browser gets by a redirect are a denial for a device. */
export function approveDevice(rows: SignInRows, device: DeviceRow, signedIn: SignedIn, { now }: SignInContext): void {
  const failure = failureNamed(signedIn.failure);
  const expires_at = failure?.isExpired ? now : device.expires_at;
  if (failure?.back !== undefined) denyDevice(rows, device);
  else rows.devices.update({ ...device, ...signedIn, state: 'approved', signed_in_at: now, expires_at });
}

export function denyDevice(rows: SignInRows, device: DeviceRow): void {
  rows.devices.update({ ...device, state: 'denied' });
}

function newUserCode(random: Pick<RandomSource, 'bytes'>): string {
  // 48 random bits for 20^8 codes: all letters are about equally likely.
  let rest = random.bytes(6).readUIntBE(0, 6);
  let letters = '';
  for (; letters.length < 8; rest = Math.floor(rest / LETTERS.length)) letters += LETTERS[rest % LETTERS.length];
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
