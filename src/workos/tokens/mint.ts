/** Makes valid and faulty access tokens. The table of faults is large, so code without faults uses `makeToken`. */
import { faultsNamed } from './faults.ts';
import { profileNamed } from './profiles.ts';
import { type MintDependencies, type MintedToken, makeToken, type TokenOptions } from './token.ts';

export type { MintDependencies, MintedToken } from './token.ts';

export interface MintOptions extends Omit<TokenOptions, 'profile'> {
  /** Name of a profile. */
  readonly profile?: string;
  /** Names of faults, applied in this order. */
  readonly faults?: readonly string[];
}

/** @throws Failure not_found for the kid, invalid_argument for a fault */
export function mintToken({ profile, ...options }: MintOptions, dependencies: MintDependencies): MintedToken {
  const kind = profile === undefined ? {} : { profile: profileNamed(profile) };
  return makeToken({ ...options, ...kind }, faultsNamed(options.faults ?? []), dependencies);
}
