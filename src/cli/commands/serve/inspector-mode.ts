/** What `--inspector auto` means here. */
import { hasPage } from '../../../inspector/page-files.ts';
import type { ResolvedSettings } from '../../../machine/settings.ts';
import { isDatabaseUrl } from '../../../machine/values/database-url.ts';
import { isLoopback } from '../../../machine/values/network.ts';
import type { Runtime } from '../../runtime.ts';

/**
 * `on` where a person looks on: on a terminal, outside CI, with a server that only this machine reaches, and a database
 * with which details are kept; otherwise `off`.
 */
export function withInspectorMode(
  resolved: ResolvedSettings,
  { env, stderr }: Pick<Runtime, 'env' | 'stderr'>,
): ResolvedSettings {
  const { inspector, host, db } = resolved.values;
  if (inspector !== 'auto') return resolved;
  const keepsDetails = db === undefined || !isDatabaseUrl(db);
  const isCi = (env.CI ?? '') !== '';
  const isOn = stderr.isTTY === true && !isCi && isLoopback(host) && keepsDetails && hasPage();
  return { ...resolved, values: { ...resolved.values, inspector: isOn ? 'on' : 'off' } };
}
