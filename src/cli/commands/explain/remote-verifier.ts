/** A verifier with a key set at a URL, and its notes for `explain`. */
import type { ExplainOptions } from '../../../callback/explanation/explanation.ts';
import { remoteKeys } from '../../../callback/token/keys.ts';
import type { Verifier } from '../../../callback/token/verify.ts';
import type { UserLookup } from '../../../callback/user.ts';
import { propertiesOf, type Setting, snakeCase } from '../../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../../machine/settings/verifier.ts';
import type { SettingName, Settings } from '../../../machine/settings.ts';
import type { StatePaths } from '../../../machine/state-directory.ts';
import { keysRetiredHere } from './known-keys.ts';

export interface ChosenVerifier extends Omit<ExplainOptions, 'now'>, Disposable {
  /** Shown with the verdict, because it determines the verdict. */
  readonly judgedWith: Readonly<Record<string, string>>;
  /** Shown before the verdict, for people only. */
  readonly notes: readonly string[];
}

interface RemoteParts {
  readonly jwksUrl: string;
  readonly lookup: UserLookup | string;
  readonly paths: StatePaths;
  readonly notes: readonly string[];
}

export function remoteVerifier(settings: Settings, { jwksUrl, lookup, paths, notes }: RemoteParts): ChosenVerifier {
  const keys = remoteKeys({ url: jwksUrl, maxAgeMs: settings['jwks-max-age'], cooldownMs: 0 });
  return {
    verifier: verifierOf(settings, keys),
    lookup,
    knownKeys: () => keysRetiredHere(paths),
    judgedWith: judgedWith(settings, jwksUrl),
    notes,
    [Symbol.dispose]: () => undefined,
  };
}

export function verifierOf(settings: Settings, keys: Verifier['keys']): Verifier {
  return {
    keys,
    settings: propertiesOf(VERIFIER_SETTINGS, settings),
  };
}

export function judgedWith(settings: Settings, keys: string): ChosenVerifier['judgedWith'] {
  const written = Object.entries<Setting<unknown>>(VERIFIER_SETTINGS).map(([name, { form }]) => [
    snakeCase(name),
    form.write(settings[name as SettingName]),
  ]);
  return { ...Object.fromEntries(written), keys };
}
