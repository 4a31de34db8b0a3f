/** The form of a scenario file. `fixtures/scenarios/scenario.schema.json` is made from it, for editors. */
import { z } from 'zod';
import { closest } from '../../errors/closest.ts';
import { REASONS, type Reason } from '../../errors/reasons.ts';
import { CALLBACK_SETTINGS } from '../../machine/settings/callback.ts';
import { SERVER_SETTINGS } from '../../machine/settings/server.ts';
import type { Setting } from '../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import { duration } from '../../machine/values/duration.ts';
import { problemWith, type ValueForm } from '../../machine/values/form.ts';
import { isEmail, isUserId } from '../../machine/values/user.ts';
import { FAULTS } from '../../workos/tokens/faults.ts';
import { PROFILE_NAMES } from '../../workos/tokens/profiles.ts';
import { ANSWER_OUTCOMES } from '../replay/answer.ts';

const text = z.string('must be a text').min(1, 'must not be empty').max(1000);
const stepId = z.string('must be the id of a step').regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
  error: 'must be a letter and then letters, digits, _ and -',
});

/** A refinement that says what is wrong in the words of the form. */
function readBy(form: ValueForm<unknown>) {
  return (value: unknown, { addIssue }: { addIssue(problem: string): void }): void => {
    const problem = problemWith(form, value);
    if (problem !== undefined) addIssue(problem);
  };
}

function time(least: '1ms' | '1s', most: '60s' | '24h' | '3650d') {
  return z.string().superRefine(readBy(duration(least, most)));
}

/** One of many names: the message does not list them, but says which is meant. */
function named<const Name extends string>(names: readonly Name[], what: string) {
  return z.enum(names as readonly [Name, ...Name[]], {
    error: ({ input }) => `must be ${what}${typeof input === 'string' ? closest(input, names) : ''}`,
  });
}

const Fault = named(
  FAULTS.map(({ name }) => name),
  'a fault of `agent-paste mint --list-faults`',
).meta({ id: 'fault' });
const ReasonName = named(Object.keys(REASONS) as Reason[], 'a reason of docs/rejections.md').meta({ id: 'reason' });

/** `{run}` stands for letters and digits. */
const email = text.refine((value) => isEmail(value.replaceAll('{run}', 'x')), { error: 'must be an e-mail address' });
const userId = text.refine((value) => isUserId(value.replaceAll('{run}', 'x')), {
  error: 'must be a user id: letters, digits, _ and -',
});

const TOKEN_FIELDS = {
  email: email.optional().describe('E-mail address of the user, who is added to the local directory if new'),
  sub: userId.optional().describe('WorkOS user id; an id with another address changes the address'),
  jti: z
    .string('must be a text, or null')
    .nullable()
    .optional()
    .describe('Token id: null leaves it out, a fresh one by default'),
  sid: z
    .string('must be a text, or null')
    .nullable()
    .optional()
    .describe('Session id: null leaves it out, a fresh one by default'),
  expires_in: time('1s', '24h').optional().describe('Lifetime of the token; 5m by default'),
  claims: z.record(z.string(), z.json()).optional().describe('More claims, or other values of the usual ones'),
  profile: named(PROFILE_NAMES, 'a profile of `agent-paste mint --profile`')
    .optional()
    .describe('Claims and issuer as WorkOS issues them'),
  faults: z.array(Fault).optional().describe('Ways in which the token is broken, see `agent-paste mint --list-faults`'),
};

const count = (most: number) => z.int('must be a whole number').min(1).max(most);
const outcome = named(ANSWER_OUTCOMES, `one of ${ANSWER_OUTCOMES.join(', ')}`);

const Matcher = z.union(
  [z.json(), z.strictObject({ matches: z.string() })],
  'must be a JSON value, or {matches: <regular expression>}',
);

export const Expected = z
  .strictObject({
    outcome: outcome.optional().describe('What every send of the step did'),
    outcomes: z
      .partialRecord(outcome, z.int().min(0))
      .optional()
      .describe('How many sends did what; others than those named must not happen'),
    status: z.int('must be a status').min(100).max(599).optional(),
    code: text.optional().describe('`error.code` of the answer'),
    reason: ReasonName.optional().describe('`error.reason` of the answer'),
    fields: z
      .record(z.string(), Matcher)
      .optional()
      .describe('Values in the body by path, such as workspace_member.email; or {matches: <regular expression>}'),
    same_as: stepId.optional().describe('An earlier send: the status and the bytes are the same'),
    differs_from: stepId.optional().describe('An earlier send: the bytes are others'),
    same_fields: z
      .strictObject({ as: stepId, fields: z.array(text).min(1) })
      .optional()
      .describe('Fields that have the values that they had in an earlier send'),
  })
  .describe('What must hold for every answer of the step');
export type Expected = z.infer<typeof Expected>;

const Mint = z.strictObject(TOKEN_FIELDS).describe('Make a token, for sends to name');
export type Mint = z.infer<typeof Mint>;

const Send = z
  .strictObject({
    token: stepId.optional().describe('The token of an earlier step; `none` sends no Authorization header'),
    ...TOKEN_FIELDS,
    times: count(10_000).optional(),
    concurrency: count(256).optional().describe('How many are under way at once'),
    fresh: z.boolean().optional().describe('A new token for each send, with the same jti and sid'),
    retry: z.boolean().optional().describe('Send 409 and 503 again after Retry-After'),
  })
  .describe('Post callbacks: with the token of another step, or with one described here');

export const STEP_KINDS = ['mint', 'send', 'wait', 'advance', 'rotate', 'retire', 'restart'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

const Step = z
  .strictObject({
    id: stepId.optional().describe('A name for later steps'),
    why: text.optional().describe('What this step shows'),
    mint: Mint.optional(),
    send: Send.optional(),
    wait: time('1ms', '60s').optional().describe('Do nothing for so long'),
    advance: time('1ms', '3650d')
      .optional()
      .describe('Move the clock of the own server on, so that tokens expire and records end without waiting'),
    rotate: z.literal('keys', 'must be keys').optional().describe('Make a new signing key; the others stay published'),
    retire: stepId.optional().describe('Take the key that signed the token of this step out of the published set'),
    restart: z
      .literal('server', 'must be server')
      .optional()
      .describe('Stop the own server and start it on the same state'),
    expect: Expected.optional(),
  })
  .meta({ oneOf: STEP_KINDS.map((kind) => ({ required: [kind] })) });
export type Step = z.infer<typeof Step>;

/** Settings of the own server, named as the flags of `serve`: those that decide an answer. */
const { hold, 'key-env': keyEnvironment } = SERVER_SETTINGS;
const ServerSettings = z.strictObject(
  Object.fromEntries(
    Object.entries<Setting<unknown>>({
      ...VERIFIER_SETTINGS,
      ...CALLBACK_SETTINGS,
      hold,
      'key-env': keyEnvironment,
    }).map(([name, row]) => [name, settingValue(row).optional()]),
  ),
);

function settingValue({ form, says }: Setting<unknown>) {
  return z
    .unknown()
    .superRefine(readBy(form))
    .meta({ description: says, ...form.schema });
}

export const Scenario = z
  .strictObject({
    $schema: z.string().optional(),
    name: text.describe('One line; reports use it'),
    description: text.optional(),
    server: z
      .literal('own', 'must be own')
      .optional()
      .describe('Start a server for this scenario; without it, --url is used'),
    settings: ServerSettings.optional().describe('Settings of the own server, as the flags of `agent-paste serve`'),
    steps: z.array(Step, 'must be a list of steps').min(1, 'must have a step').max(1000),
  })
  .describe('A sequence of callbacks with expectations, for `agent-paste replay <file>`');
export type Scenario = z.infer<typeof Scenario>;

export function scenarioJsonSchema(): object {
  return { title: 'agent-paste scenario', ...z.toJSONSchema(Scenario, { io: 'input' }) };
}
