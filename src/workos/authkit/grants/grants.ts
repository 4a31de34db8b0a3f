/** The grants of `POST /user_management/authenticate`, a row for each. */
import { byAuthorizationCode } from './authorization-code.ts';
import { byDeviceCode } from './device-code.ts';
import type { Grant } from './grant.ts';
import { byMagicCode } from './magic-code.ts';
import { byOrganizationSelection } from './organization-selection.ts';
import { byPassword } from './password.ts';
import { byRefreshToken } from './refresh-token.ts';
import { byVerificationCode } from './verification-code.ts';

export const GRANTS: Readonly<Record<string, Grant>> = {
  authorization_code: byAuthorizationCode,
  refresh_token: byRefreshToken,
  password: byPassword,
  'urn:workos:oauth:grant-type:magic-auth:code': byMagicCode,
  'urn:workos:oauth:grant-type:email-verification:code': byVerificationCode,
  'urn:workos:oauth:grant-type:organization-selection': byOrganizationSelection,
  'urn:ietf:params:oauth:grant-type:device_code': byDeviceCode,
};
