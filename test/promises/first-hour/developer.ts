/** The first hour of a developer: a server, tokens, refusals, and the mistakes that everyone makes. */
import type { Step } from './script.ts';

const POST = 'curl -sS -X POST $URL/v1/auth/web/callback';

export const DEVELOPER: readonly Step[] = [
  { so: 'where to begin', run: 'agent-paste', sees: ['agent-paste serve', 'Exit codes:'] },
  {
    so: 'a server, and what to try',
    run: 'agent-paste serve --port 0',
    until: 'another terminal',
    hears: [/ready at http:\/\/127\.0\.0\.1:\d+/, 'callback  POST', 'agent-paste mint --email'],
  },
  {
    so: 'the server is found',
    run: 'agent-paste status',
    sees: [/runs at http:\/\/127/, /database {2}.*agent-paste\.db/],
  },
  {
    so: 'a sign-in',
    run: `agent-paste mint --email ada@example.com > token; ${POST} -H "Authorization: Bearer $(cat token)"`,
    sees: ["ada's Workspace", 'ap_pk_preview_'],
  },
  {
    so: 'the same bytes again',
    run: `${POST} -i -H "Authorization: Bearer $(cat token)"`,
    sees: [/idempotency-replayed: true/i, 'ap_pk_preview_'],
  },
  {
    so: 'three sends',
    run: 'agent-paste replay --email grace@example.com --times 3',
    sees: ['1 provisioned, 2 replayed'],
  },
  {
    so: 'the line of the banner is the wrong URL, and it says so',
    run: 'agent-paste replay --url "$URL/v1/auth/web/callback"',
    code: 1,
    hears: ['without /v1/auth/web/callback'],
  },
  {
    so: 'no-one is invented where a state is above',
    run: 'agent-paste mint',
    in: 'below',
    hears: [/made a new state .*--state-dir/],
  },
  {
    so: 'the port is taken, and by whom',
    run: 'agent-paste serve --port $PORT',
    code: 6,
    hears: [/in use by agent-paste \(pid \d+\)/, 'same state'],
  },
  {
    so: 'the same from another project',
    run: 'agent-paste serve --port $PORT',
    in: 'other',
    code: 6,
    hears: ['another state'],
  },
  {
    so: 'doctor of another project',
    run: 'agent-paste doctor --port $PORT',
    in: 'other',
    sees: [/warning {2}port .*another state/],
  },
  {
    so: 'a token of another project',
    run: `agent-paste --state-dir other/.agent-paste mint > foreign; agent-paste explain @foreign`,
    code: 1,
    sees: ['kid_unknown', 'another state directory'],
  },
  {
    so: 'why it was refused',
    run: 'agent-paste mint --email ada@example.com --fault expired | agent-paste explain -',
    code: 1,
    sees: ['refused: expired', 'It was valid until'],
  },
  {
    so: 'the @ was forgotten',
    run: 'agent-paste explain token',
    code: 2,
    hears: ['token is a file, not a token', '@token'],
  },
  {
    so: 'the JSON of mint',
    run: 'agent-paste mint --json | agent-paste explain -',
    code: 1,
    sees: ['`mint --json` prints'],
  },
  { so: 'two tokens', run: 'agent-paste mint --count 2 | agent-paste explain -', code: 1, sees: ['two tokens'] },
  { so: 'an empty line', run: 'echo | agent-paste explain -', code: 1, sees: ['There is no token'] },
  {
    so: 'something short',
    run: 'agent-paste explain abc',
    code: 1,
    sees: ['mint --fault one-part'],
    never: ['leading-tab'],
  },
  { so: 'faults as a list', run: 'agent-paste mint --fault expired,kid-empty --json', sees: ['"kid":""'] },
  { so: 'contradictions', run: 'agent-paste mint --jti a --no-jti', code: 2, hears: ['contradict each other'] },
  { so: 'a duration without a unit', run: 'agent-paste mint --expires-in 5', code: 2, hears: ['it has no unit'] },
  { so: 'a switch with a value', run: 'agent-paste mint --json=true', code: 2, hears: ['--json takes no value'] },
  {
    so: 'times as people say them',
    run: 'agent-paste mint --issued-at "2h ago" --expires-in 1h | agent-paste explain - --at "90m ago"',
    sees: ['accepted'],
  },
  {
    so: 'a key by its beginning',
    run: `KID=$(agent-paste keys list | awk 'NR == 2 { print $1 }'); agent-paste keys rotate >rotated; agent-paste keys retire "$(echo "$KID" | cut -c1-8)"; agent-paste keys list`,
    sees: [/ signs /, / retired /],
  },
  {
    so: 'a retirement is taken back',
    run: `agent-paste keys publish "$(agent-paste keys list | awk 'END { print substr($1, 1, 8) }')"; agent-paste keys list`,
    sees: [/ signs /, / published /],
    never: [/ retired /],
  },
  { so: 'first guesses', run: 'agent-paste users rm ada@example.com', code: 2, hears: ['`agent-paste users remove`'] },
  { so: 'first guesses', run: 'agent-paste serve -p 3000', code: 2, hears: ['`--port`'] },
  { so: 'first guesses', run: 'agent-paste -v', code: 2, hears: ['`--version`'] },
  { so: 'first guesses', run: 'agent-paste mint ada@example.com', code: 2, hears: ['mint --email ada@example.com'] },
  {
    so: 'a page of another origin',
    run: `${POST} -H 'Origin: http://localhost:3000' -H "Authorization: Bearer $(agent-paste mint)"`,
    sees: ['forbidden'],
  },
  { so: 'the state keeps out of a repository', run: 'cat .agent-paste/.gitignore', sees: [/^\*$/m] },
  {
    so: 'reset does not ask a script',
    run: 'agent-paste --state-dir below/.agent-paste reset',
    code: 2,
    hears: [/2 files of the state .*below\/\.agent-paste: /, '--yes'],
  },
  { so: 'beside a server it removes nothing', run: 'agent-paste reset --yes', code: 7, hears: ['in use by a server'] },
  {
    so: 'a quiet server has an address',
    run: 'agent-paste --state-dir quiet serve --quiet --port 0',
    until: '\n',
    sees: [/^http:\/\/127\.0\.0\.1:\d+\n$/],
  },
  {
    so: 'what is set is said at the start',
    run: 'agent-paste --state-dir held serve --port 0 --hold before-commit=50ms --in-flight conflict',
    until: 'another terminal',
    hears: ['before-commit', 'conflict'],
  },
];
