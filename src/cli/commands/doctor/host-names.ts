/** Whether a dashboard and the sign-in that it uses have one name: cookies of `localhost` do not reach `127.0.0.1`. */
import type { Settings } from '../../../machine/settings.ts';
import { isLoopback } from '../../../machine/values/network.ts';
import { sdkEnvironment } from '../../../server/environment.ts';
import { ok, warning } from '../../../store/diagnosis.ts';
import type { Runtime } from '../../runtime.ts';
import type { Finding } from './finding.ts';

/** Variables by which the SDKs of WorkOS are told where a sign-in returns to. */
const REDIRECT_VARIABLES = ['WORKOS_REDIRECT_URI', 'NEXT_PUBLIC_WORKOS_REDIRECT_URI'] as const;

interface Dashboard {
  readonly host: string;
  readonly source: string;
}

/** Nothing in remote mode: there is no sign-in on this machine. */
export function checkHostNames(settings: Settings, env: Runtime['env']): Finding[] {
  if (settings['workos-api-url'] !== undefined) return [];
  const name = env.WORKOS_API_HOSTNAME ?? sdkEnvironment(settings.port, settings).WORKOS_API_HOSTNAME;
  const dashboards = [...namedBySettings(settings), ...namedByEnvironment(env)];
  const other = dashboards.find(({ host }) => host !== name && isLoopback(host));
  if (other === undefined || !isLoopback(name))
    return [
      ok('host_names', dashboards.length === 0 ? 'no dashboard is named' : `dashboard and sign-in are at ${name}`),
    ];
  return [
    warning(
      'host_names',
      `the dashboard is at ${other.host} (${other.source}) and the sign-in at ${name}: some cookies get lost between the two`,
      `Use one name for both: WORKOS_API_HOSTNAME=${other.host}.`,
    ),
  ];
}

function namedBySettings({ 'redirect-uri': redirectUris }: Settings): readonly Dashboard[] {
  return redirectUris
    .filter(({ scheme }) => /^https?:$/.test(scheme))
    .map(({ host }) => ({ host, source: '--redirect-uri' }));
}

function namedByEnvironment(env: Runtime['env']): readonly Dashboard[] {
  return REDIRECT_VARIABLES.flatMap((source) => {
    const uri = env[source] ?? '';
    return URL.canParse(uri) ? [{ host: new URL(uri).hostname, source }] : [];
  });
}
