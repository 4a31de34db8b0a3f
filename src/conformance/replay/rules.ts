/** The rules by which sends are judged: what must be true, and what a person is told where it is not. */

interface RuleRow {
  readonly must: string;
  readonly broken: string;
  /** What its values are, where several rules are broken at once. */
  readonly label?: string;
}

/** By the names in reports and JSON, which never change. */
export const RULES = {
  accepted: { must: 'every callback is accepted', broken: 'not accepted' },
  settled: { must: 'every callback gets a final answer, not 409, 429 or 5xx', broken: 'no final answer' },
  'readable-answer': { must: 'every answer is one of the contract', broken: 'no answer of the contract' },
  'same-key-same-answer': {
    must: 'one key always gets the same status and bytes',
    broken: 'another answer for the same key',
  },
  'expected-outcome': {
    must: 'every send has the expected outcome',
    broken: 'another outcome than expected',
    label: 'outcome',
  },
  'expected-outcomes': {
    must: 'as many sends as expected have each outcome',
    broken: 'other outcomes than expected',
    label: 'outcomes',
  },
  'expected-status': {
    must: 'every send has the expected status',
    broken: 'another status than expected',
    label: 'status',
  },
  'expected-code': { must: 'every answer has the expected code', broken: 'another code than expected', label: 'code' },
  'expected-reason': {
    must: 'every answer has the expected reason',
    broken: 'another reason than expected',
    label: 'reason',
  },
  'expected-field': { must: 'the fields have the expected values', broken: 'another value than expected' },
  'same-answer': {
    must: 'the answer is the same as in an earlier step',
    broken: 'another answer than in the earlier step',
  },
  'different-answer': {
    must: 'the answer is another one than in an earlier step',
    broken: 'the same answer as in the earlier step',
  },
  'same-fields': {
    must: 'the fields have the values of an earlier step',
    broken: 'another value than in the earlier step',
  },
  'tape-answers': {
    must: 'each key has the same statuses and reasons as on the tape',
    broken: 'other statuses or reasons than on the tape',
  },
  'tape-outcomes': {
    must: 'each key is provisioned, seen, replayed or refused as often as on the tape',
    broken: 'other outcomes than on the tape',
  },
  'tape-same-bytes': {
    must: 'each key has as many different answers as on the tape',
    broken: 'more or fewer different answers than on the tape',
  },
  'targets-status': {
    must: 'both servers answer with the same status and reason',
    broken: 'another status or reason than the first server',
    label: 'status',
  },
  'targets-outcome': {
    must: 'both servers provision, replay or refuse alike',
    broken: 'another outcome than the first server',
    label: 'outcome',
  },
  'targets-header': {
    must: 'both servers send the same Content-Type and Cache-Control',
    broken: 'another header than the first server',
  },
  'targets-body': {
    must: 'both servers send the same JSON, apart from ids, secrets and times',
    broken: 'other JSON than the first server',
    label: 'body',
  },
} as const satisfies Record<string, RuleRow>;

export type Rule = keyof typeof RULES;

export function ruleRow(rule: Rule): RuleRow {
  return RULES[rule];
}
