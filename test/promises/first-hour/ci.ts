/** The first hour of a person who sets up CI: exit codes, reports, verdicts, and nothing that passes by mistake. */
import type { Step } from './script.ts';

export const CI: readonly Step[] = [
  { so: 'no server, no wait without end', run: 'agent-paste wait --timeout 10ms', code: 3 },
  { so: 'no server', run: 'agent-paste status --json', code: 3, sees: ['"running":false'] },
  {
    so: 'one invariant against a server of its own',
    run: 'agent-paste check --only replay-identical --report junit=check.xml',
    sees: ['replay-identical'],
  },
  { so: 'the report', run: 'cat check.xml', sees: ['<testsuites', 'failures="0"'] },
  {
    so: 'an empty variable is no green',
    run: 'AGENT_PASTE_API_URL="" agent-paste check',
    code: 2,
    hears: ['AGENT_PASTE_API_URL is empty'],
  },
  { so: 'a flag without effect', run: 'agent-paste check --token x', code: 2, hears: ['no effect without --url'] },
  {
    so: 'a flag without effect',
    run: 'agent-paste check --self-test --url http://127.0.0.1:1',
    code: 2,
    hears: ['--url'],
  },
  {
    so: 'the scenarios that come along',
    run: 'agent-paste exec -- agent-paste replay "builtin:*" --report junit=scenarios.xml',
    sees: ['hold'],
  },
  {
    so: 'a directory of scenarios',
    run: 'mkdir s; printf "name: first\\nsteps:\\n  - send: {}\\n    expect: {status: 200}\\n" > s/a.yaml; agent-paste exec -- agent-paste replay s; agent-paste exec -- agent-paste replay - < s/a.yaml',
    sees: [/first\n#.*\n.* 200 {5}provisioned[\s\S]*first\n#/],
  },
  { so: 'a directory without any', run: 'mkdir none; agent-paste replay none', code: 2, hears: ['has no scenarios'] },
  { so: 'a scenario that is not there', run: 'agent-paste replay nothing.yaml', code: 2, hears: ['no such file'] },
  {
    so: 'a thousand sends in a few lines',
    run: 'agent-paste exec -- sh -c "agent-paste replay --times 1000 --concurrency 32 > many; wc -l < many; cat many"',
    sees: ['1000 sends: 1 provisioned, 999 replayed', 'p95', /^ *\d\n/],
  },
  {
    so: 'wall-clock time in the report',
    run: 'agent-paste exec -- agent-paste replay --times 40 --concurrency 20 --report junit=many.xml; grep -c "<testcase" many.xml',
    sees: [/^[1-9]$/m],
  },
  {
    so: 'a wrong command: its code, and what the server was asked',
    run: 'agent-paste exec -- sh -c "agent-paste replay --token x; exit 3"',
    code: 3,
    hears: ['requests to the server:', 'malformed_token'],
  },
  {
    so: 'the flags of a server',
    run: 'agent-paste exec --in-flight conflict --log json -- true',
    never: ['error:'],
  },
  {
    so: 'what was expected of a refused token',
    run: 'agent-paste exec -- agent-paste replay --token x',
    code: 4,
    sees: ['not accepted', 'expected:  200', 'observed:  401 malformed_token'],
  },
  { so: 'an expectation', run: 'agent-paste exec -- agent-paste replay --times 2 --expect provisioned,replayed' },
  {
    so: 'another expectation',
    run: 'agent-paste exec -- agent-paste replay --times 2 --expect provisioned,seen',
    code: 1,
    sees: ['another outcome than expected'],
  },
  { so: 'a command that is not there', run: 'agent-paste exec -- no-such-command', code: 127 },
  {
    so: 'an empty file',
    run: ': > empty.yaml; agent-paste replay empty.yaml',
    code: 2,
    hears: ['empty.yaml:1', 'is empty'],
  },
  {
    so: 'a file of something else',
    run: 'printf "# Title\\nYou need: npm and: more\\n" > other.yaml; agent-paste replay other.yaml',
    code: 2,
    hears: ['other.yaml:2'],
    never: ['You need'],
  },
  {
    so: 'a bug that is nearly right',
    run: 'agent-paste serve --bug replay-touches-last-sen',
    code: 2,
    hears: ['did you mean replay-touches-last-seen?'],
  },
  { so: 'a server in the background', run: 'agent-paste serve --port 0', until: 'another terminal' },
  { so: 'waited for', run: 'agent-paste wait --timeout 60s', sees: [/^http:\/\/127/] },
  {
    so: 'a check of it leaves no users',
    run: 'agent-paste check --url "$URL" --only replay-identical; agent-paste users list',
    hears: ['no users yet'],
  },
  {
    so: 'a server with a mistake',
    run: 'agent-paste --state-dir broken serve --port 0 --bug replay-touches-last-seen',
    until: 'another terminal',
  },
  {
    so: 'the mistake is found, and the difference shown',
    run: 'agent-paste --state-dir broken check --url "$URL" --only replay-changes-nothing',
    code: 1,
    sees: ['FAIL', 'last_seen_at'],
  },
];
