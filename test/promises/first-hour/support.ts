/** The first hour of support: who, when, why, and what to write into the ticket. */
import type { Step } from './script.ts';

const post = (id: string, token: string) =>
  `curl -sS -o answer -X POST $URL/v1/auth/web/callback -H 'X-Request-Id: ${id}' -H "Authorization: Bearer $(${token})"`;

export const SUPPORT: readonly Step[] = [
  { so: 'a server with a log', run: 'agent-paste serve --port 0', until: 'another terminal' },
  {
    so: 'sign-ins',
    run: [
      post('req_first', 'agent-paste mint --sub user_ada --email ada@example.com --jti jti_ada --sid session_ada'),
      post('req_expired', 'agent-paste mint --email ada@example.com --fault expired'),
      post('req_foreign', 'agent-paste mint --email ada@example.com --fault kid-unknown'),
      post('req_grace', 'agent-paste mint --sub user_grace --email grace@example.com --jti jti_ada'),
      'agent-paste users update user_ada --email ada.l@example.com',
      post('req_later', 'agent-paste mint --email ada.l@example.com'),
    ].join('; '),
  },
  {
    so: 'why she cannot sign in',
    run: 'agent-paste inspect callbacks --email ada.l@example.com --outcome refused',
    sees: ['expired', 'user_ada'],
    patient: true,
  },
  {
    so: 'a refusal has a name',
    run: 'agent-paste explain req_expired',
    code: 1,
    sees: ['refused expired', 'of user_ada'],
  },
  {
    so: 'a claim is marked',
    run: 'agent-paste explain req_foreign',
    code: 1,
    sees: ['claimed to be user_ada'],
    patient: true,
  },
  { so: 'an id with a typing mistake', run: 'agent-paste explain req_typo', code: 5, hears: ['X-Request-Id'] },
  {
    so: 'her page, by an address that she had',
    run: 'agent-paste inspect member ada@example.com',
    sees: ['ada.l@example.com', 'provisioned by  req_first', 'session_ada', /ada@example\.com/],
    patient: true,
  },
  { so: 'a session id finds her', run: 'agent-paste inspect member session_ada', sees: ['user_ada'] },
  { so: 'a session id finds the record', run: 'agent-paste inspect record session_ada', sees: ['workos-jti:jti_ada'] },
  {
    so: 'two users of one token id',
    run: 'agent-paste inspect record jti_ada',
    sees: ['also used by', 'user_ada', 'user_grace'],
  },
  { so: 'a record of 24 hours', run: 'agent-paste inspect record jti_ada', sees: [/in (24 h|1 d)/] },
  {
    so: 'the sign-in that made a key',
    run: 'agent-paste inspect key ada.l@example.com',
    sees: ['by the callback req_first'],
  },
  {
    so: 'a workspace by its name',
    run: `agent-paste inspect workspace "ada's Workspace"`,
    sees: [/ada\.l@example\.com/],
  },
  {
    so: 'a workspace that is not there',
    run: `agent-paste inspect workspace "eve's Workspace"`,
    code: 5,
    hears: [`there is no workspace`],
  },
  { so: 'by reason', run: 'agent-paste inspect callbacks --since 1h --by reason', sees: ['expired', 'kid_unknown'] },
  {
    so: 'from when until when',
    run: 'agent-paste inspect callbacks --since yesterday --until now --jti jti_ada',
    sees: ['req_first'],
  },
  {
    so: 'lists for filters',
    run: 'agent-paste inspect callbacks --outcome refused,provisioned --reason expired',
    sees: ['expired'],
  },
  {
    so: 'slow ones',
    run: 'agent-paste inspect callbacks --slower-than 1h',
    hears: ['no callbacks match --slower-than'],
  },
  {
    so: 'the next page is a command',
    run: '$(agent-paste inspect members --limit 1 2>&1 >page | sed "s/more: //") > next; cat page next',
    sees: ['grace@example.com', 'ada.l@example.com'],
  },
  {
    so: 'the next page of users too',
    run: '$(agent-paste users list --limit 1 2>&1 >page | sed "s/more: //") > next; cat page next',
    sees: ['user_grace', 'user_ada'],
  },
  {
    so: 'lists are shaped alike',
    run: 'agent-paste users list --json; agent-paste inspect users --json',
    sees: [/"items":\[.*"page_info":[\s\S]*"items":\[.*"page_info":/],
  },
  {
    so: 'nobody has that address',
    run: 'agent-paste users list --email nobody@example.com',
    hears: ['no user has the address nobody@example.com'],
  },
  {
    so: 'an address of two users',
    run: 'agent-paste users add --id user_other ada.l@example.com; agent-paste inspect --audit; agent-paste doctor',
    sees: [/ada\.l@example\.com/],
  },
  {
    so: 'the ticket',
    run: 'agent-paste inspect bundle --member user_ada --out ada.json; agent-paste inspect callbacks --bundle ada.json',
    sees: ['expired'],
    never: ['ada.l@example.com'],
  },
  {
    so: 'gone from the directory',
    run: 'agent-paste users remove user_ada; agent-paste inspect member user_ada',
    sees: ['not in the directory of the local WorkOS'],
  },
];
