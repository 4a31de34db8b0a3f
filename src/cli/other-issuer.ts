/** A profile of tokens beside an issuer that the caller names. */
import { Failure } from '../errors/failure.ts';
import type { ResolvedSettings } from '../machine/settings.ts';
import type { Profile } from '../workos/tokens/token.ts';

/** @throws Failure invalid_argument for an --issuer that tokens of this profile do not have */
export function refuseOtherIssuer(name: string, profile: Profile, { values, origins }: ResolvedSettings): void {
  const issuer = profile.issuer(values.issuer, values['client-id']);
  if (origins.issuer !== 'flag' || issuer === values.issuer) return;
  throw new Failure(
    'invalid_argument',
    `--issuer ${values.issuer} contradicts --profile ${name}, whose issuer is ${issuer}`,
    'Leave out one of them.',
  );
}
