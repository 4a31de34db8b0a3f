/** Answers are in the form of the contract: media type, members, and headers that clients may rely on. */
import { member } from '../../../callback/token/json-object.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isAccepted, isRefused, secretOf } from '../trial/claims.ts';
import { MEMBER_ROUTES } from '../trial/reading.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, judge, must, should } from '../trial/verdict.ts';
import { headersOfRead, requestIds } from './answer-headers.ts';
import { instantsOf } from './instants.ts';
import type { Invariant } from './invariant.ts';

export const ANSWER_INVARIANTS = {
  'answers-in-form': {
    meaning: 'answers and refusals are JSON in the form of the contract, under its media type',
    needs: 'token',
    async run(trial) {
      const token = trial.token();
      const first = await trial.post(token);
      const replay = await trial.post(token);
      const bad = `${token.slice(0, token.lastIndexOf('.'))}.AAAA`;
      const refusal = await trial.post(bad, { isRepeated: false });
      return judge(
        isAccepted('a good token', first),
        isRefused('a bad token', refusal),
        ...formOf('the first answer', first),
        ...formOf('a replay', replay),
        ...formOf('a refusal', refusal),
        ...membersOf(first),
        ...(trial.canMint ? instantsOf(first, trial.now()) : []),
        ...refusalForm(refusal, token),
        ...(await readForms(trial, token)),
        ...(await requestIds(trial, token)),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

const JSON_TYPE = /^application\/json *(?:;|$)/i;

function formOf(what: string, answer: CallbackAnswer): readonly Claim[] {
  const { contentType, cacheControl } = answer.headers;
  return [
    must(
      JSON_TYPE.test(contentType ?? ''),
      `${what} has the media type ${contentType ?? 'of nothing'}, not application/json`,
      answer,
    ),
    should(
      /\bno-store\b/i.test(cacheControl ?? ''),
      `${what} has Cache-Control: ${cacheControl ?? 'nothing'}, not no-store`,
      answer,
    ),
  ];
}

const TEXTS: readonly (readonly [string, ...string[]])[] = [
  ['workspace', 'id'],
  ['workspace', 'name'],
  ['workspace', 'created_at'],
  ['workspace_member', 'id'],
  ['workspace_member', 'workspace_id'],
  ['workspace_member', 'email'],
  ['workspace_member', 'created_at'],
  ['workspace_member', 'last_seen_at'],
];

/** The formats of contract §1. */
const FORMS: readonly (readonly [path: readonly string[], form: RegExp])[] = [
  [['workspace', 'id'], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  [['workspace_member', 'id'], /^mem_[0-9A-HJKMNP-TV-Z]{26}$/],
  [['default_api_key', 'api_key', 'id'], /^key_[0-9A-HJKMNP-TV-Z]{26}$/],
  [['default_api_key', 'api_key', 'public_id'], /^[0-9A-HJKMNP-TV-Z]{16}$/],
];

function membersOf(first: CallbackAnswer): readonly Claim[] {
  const at = (path: readonly string[]) => path.reduce<unknown>((node, name) => member(node, name), first.body);
  const missing = TEXTS.filter((path) => typeof at(path) !== 'string').map((path) => path.join('.'));
  const workspace = at(['workspace', 'id']);
  return [
    must(missing.length === 0, `the first answer has no text at ${missing.join(', ')}`, first),
    must(Array.isArray(at(['scopes'])), 'the first answer has no list of scopes', first),
    ...FORMS.map(([path, form]) => {
      const shown = at(path);
      const isThere = typeof shown === 'string';
      return should(
        !isThere || form.test(shown),
        `${path.join('.')} is ${JSON.stringify(shown)}, of another form`,
        first,
      );
    }),
    must(workspace === at(['workspace_member', 'workspace_id']), 'the member is of another workspace', first),
    ...keyOf(first, workspace),
  ];
}

/** Of an answer that shows a secret. */
function keyOf(first: CallbackAnswer, workspace: unknown): readonly Claim[] {
  const issued = member(first.body, 'default_api_key');
  if (issued === null) return [];
  const key = member(issued, 'api_key');
  const missing = ['id', 'public_id', 'name', 'created_at'].filter((name) => typeof member(key, name) !== 'string');
  return [
    must(typeof key === 'object' && key !== null, 'default_api_key has no api_key', first),
    should(missing.length === 0, `default_api_key.api_key has no text at ${missing.join(', ')}`, first),
    should(Array.isArray(member(key, 'scopes')), 'default_api_key.api_key has no list of scopes', first),
    must((member(key, 'workspace_id') ?? workspace) === workspace, 'the key is of another workspace', first),
    should(member(key, 'name') === 'Default', `the key is called ${JSON.stringify(member(key, 'name'))}`, first),
    ...publicIdOf(first, key),
    must((member(key, 'revoked_at') ?? null) === null, 'the new key is revoked', first),
    should(member(key, 'last_used_at') === null, 'the new key shows a last_used_at', first),
  ];
}

/** Only a secret in the form of the contract has a public id in it. */
function publicIdOf(first: CallbackAnswer, key: unknown): readonly Claim[] {
  const inSecret = /^ap_pk_[a-z]+_([0-9A-Z]{16})_/.exec(secretOf(first) ?? '')?.[1];
  const shown = member(key, 'public_id');
  const isSame = inSecret === undefined || shown === undefined || shown === inSecret;
  return [must(isSame, `the public_id is ${JSON.stringify(shown)}, and that of the secret is another`, first)];
}

function refusalForm(refusal: CallbackAnswer, token: string): readonly Claim[] {
  const [text, payload = ''] = [refusal.bytes.toString(), token.split('.')[1]];
  const error = member(refusal.body, 'error');
  const { authenticate } = refusal.headers;
  return [
    must(typeof member(error, 'message') === 'string', 'a refusal has no error.message', refusal),
    should(typeof member(error, 'request_id') === 'string', 'a refusal has no error.request_id', refusal),
    should(/^bearer\b/i.test(authenticate ?? ''), 'a refusal has no WWW-Authenticate: Bearer', refusal),
    should(!text.includes(payload), 'a refusal repeats the token', refusal),
    should(!/\\n *at /.test(text), 'a refusal shows where in the program it was made', refusal),
  ];
}

async function readForms(trial: Trial, token: string): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const route of MEMBER_ROUTES) {
    const { status, headers } = await trial.read(route, token);
    const type = headers['content-type'] ?? 'nothing';
    if (status !== 200) continue;
    claims.push(must(JSON_TYPE.test(type), `GET ${route} has the media type ${type}`));
    claims.push(...(await headersOfRead(trial, route, token)));
  }
  return claims;
}
