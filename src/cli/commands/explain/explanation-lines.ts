/** An explanation as lines for a terminal. */
import type { Explanation } from '../../../callback/explanation/explanation.ts';
import { shallow } from '../../../callback/explanation/readable-part.ts';
import { printable, visible } from '../../../errors/foreign-text.ts';
import { isoDate, isoTime, span } from '../../../machine/values/time.ts';

import type { Painter } from '../../terminal/output.ts';
import { paragraph } from '../../terminal/paragraph.ts';

export interface VerdictFacts {
  /** Milliseconds since 1970: the time of the check. */
  readonly now: number;
  readonly judgedWith: Readonly<Record<string, string>>;
  readonly mint: string | null;
}

export interface Look {
  readonly paint: Painter;
  /** Characters of a line; undefined if the output is not a terminal. */
  readonly width: number | undefined;
}

const LABEL = 12;
const MARGIN = '  ';

export function explanationLines(explanation: Explanation, facts: VerdictFacts, look: Look): string[] {
  const { accepted, reason, message, validUntil, advice } = explanation;
  const { green, red } = look.paint;
  const text = (words: string) => paragraph(words, { width: look.width, indent: MARGIN });
  const lasting =
    validUntil === null
      ? ''
      : `, valid until ${isoTime(validUntil)}, for another ${span((validUntil - facts.now) / 1000)}`;
  return [
    ...(accepted
      ? [`${green('accepted')}${lasting}`]
      : paragraph(message, { width: look.width, indent: `${red(`refused: ${reason}`)}  `, hanging: MARGIN })),
    '',
    ...checkLines(explanation, look),
    ...claimLines(explanation, look),
    '',
    'Judged with',
    ...Object.entries(facts.judgedWith).map(([name, value]) => `${MARGIN}${name.padEnd(16)} ${printable(value)}`),
    ...(advice.length === 0 ? [] : ['', 'What to do', ...advice.flatMap((line) => text(visible(line)))]),
    ...(accepted || facts.mint !== null ? ['', 'Make one like it'] : ['', 'No token alone leads there']),
    facts.mint === null ? `${MARGIN}What is wrong lies with the key set or the users.` : `${MARGIN}${facts.mint}`,
  ];
}

function checkLines({ checks }: Explanation, { paint, width }: Look): string[] {
  const { green, red, bold, dim } = paint;
  return checks.flatMap(({ name, result, expected = '', received = '' }) => {
    const label = name.padEnd(LABEL);
    const words = (heading: string, text: string) =>
      paragraph(printable(text), { width, indent: `${heading} `, hanging: ' '.repeat(HANGING) });
    if (result === 'passed') return words(`${MARGIN}${green('ok')}    ${label}`, received);
    if (result !== 'failed') return [dim(`${MARGIN}-     ${label} ${result}${received === '' ? '' : `: ${received}`}`)];
    return [
      ...words(`${MARGIN}${red('FAIL')}  ${bold(label)} expected `, expected),
      ...words(`${MARGIN}${' '.repeat(LABEL + 6)} received `, received),
    ];
  });
}

/** Indentation of the second line of a check. */
const HANGING = 32;

function claimLines({ claims, verified }: Explanation, { paint }: Look): string[] {
  if (claims === null) return [];
  return [
    '',
    verified ? 'Claims, signed by a key of the set' : paint.yellow('Claims, unverified: anybody may have written them'),
    ...Object.entries(claims).map(
      ([name, value]) => `${MARGIN}${printable(name).padEnd(LABEL)} ${describeClaim(name, value)}`,
    ),
  ];
}

const DATES = ['exp', 'iat', 'nbf', 'auth_time'];

/** On one line; dates are shown as times. */
function describeClaim(name: string, value: unknown): string {
  const isDate = DATES.includes(name) && typeof value === 'number' && Math.abs(value) <= 8_640_000_000_000;
  if (isDate) return `${value}  ${isoDate(value)}`;
  return printable(typeof value === 'string' ? value : JSON.stringify(shallow(value)));
}
