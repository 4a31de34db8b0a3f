/** What the routes of the sign-in need. */
import type { RandomSource } from '../../../machine/random.ts';
import type { RedirectPattern } from '../../../machine/values/redirect-uri.ts';
import type { AuthkitSettings, MintAccessToken, SignInContext } from '../../../workos/authkit/authkit.ts';
import type { Mail } from '../../../workos/authkit/refusal.ts';
import type { SignIns } from '../../../workos/authkit/sign-ins.ts';
import type { RequestOf } from '../../http/answers.ts';
import type { PageForms } from './page/forms.ts';

export interface AuthkitOptions extends AuthkitSettings {
  /** If empty, any address of this machine is allowed. */
  readonly redirectUris: readonly RedirectPattern[];
  readonly signOutRedirect: string | undefined;
  /** The user with this address signs in without a page. */
  readonly signInAs: string | undefined;
}

export interface AuthkitParts {
  readonly options: AuthkitOptions;
  readonly signIns: SignIns;
  readonly mint: MintAccessToken;
  readonly random: RandomSource;
  /** Shows what would have been mailed. */
  readonly mail: (mail: Mail) => void;
}

export interface AuthkitDeps extends AuthkitParts {
  readonly forms: PageForms;
}

export function contextOf(c: RequestOf, { options, mint, random }: AuthkitDeps): SignInContext {
  return { settings: options, mint, random, now: c.get('context').now };
}
