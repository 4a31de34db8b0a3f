/** What a run of the judge found, as Markdown. */
import type { Design } from './designs.ts';
import type { Judged } from './judged.ts';
import { MISTAKES, type Mutant } from './mutants.ts';

export interface Verdict {
  readonly design: Design;
  readonly result: Judged;
}

function mutantOf(design: Design): Mutant | undefined {
  return 'mistake' in design ? (design as Mutant) : undefined;
}

/** What the right server of a design is advised; a mutant of it must be told something else. */
export type Usual = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a mutant was caught: what is only recommended, by advice that its right server does not get. */
function isCaught({ design, result }: Verdict, usual: Usual): boolean {
  if (result.code === 1 && result.failed.length > 0) return true;
  if (isNoApi(result)) return true;
  const mutant = mutantOf(design);
  return mutant?.mistake.isAdvice === true && newAdvice({ design, result }, usual).length > 0;
}

/** Refused before any invariant was tried, because its answers are not those of the API. */
function isNoApi({ code, said }: Judged): boolean {
  return code === 3 && /not JSON|without a body|not the callback API/.test(said);
}

function newAdvice({ design, result }: Verdict, usual: Usual): readonly string[] {
  const known = usual.get(mutantOf(design)?.design ?? '') ?? new Set();
  return result.advice.filter((sentence) => !known.has(sentence));
}

export function lineOf(verdict: Verdict, usual: Usual): { readonly isWrong: boolean; readonly text: string } {
  const { design, result } = verdict;
  const mutant = mutantOf(design);
  const isWrong = mutant ? !isCaught(verdict, usual) && mutant.mistake.unseen === undefined : result.code !== 0;
  const word = mutant ? (isWrong ? 'MISSED' : 'caught') : isWrong ? 'FALSE ALARM' : 'passed';
  const place = mutant ? `${mutant.mistake.operator}: ${design.name} (in ${mutant.design})` : design.name;
  return { isWrong, text: `${word}  ${place}  exit ${result.code}, ${result.seconds.toFixed(1)} s` };
}

export function tableOf(verdicts: readonly Verdict[], usual: Usual): string {
  const right = verdicts.filter(({ design }) => mutantOf(design) === undefined);
  const wrong = verdicts.filter(({ design }) => mutantOf(design) !== undefined);
  const caught = wrong.filter((verdict) => isCaught(verdict, usual));
  const alarms = right.filter(({ result }) => result.code !== 0);
  const seconds = median(right.map(({ result }) => result.seconds)).toFixed(1);
  return [
    ...rows(
      ['right server', 'what it does', 'checks', 'false alarms', 'seconds, median'],
      Map.groupBy(right, ({ design }) => design.name)
        .entries()
        .map(([name, all]) => [
          name,
          all[0]?.design.says ?? '',
          String(all.length),
          String(all.filter(({ result }) => result.code !== 0).length),
          median(all.map(({ result }) => result.seconds)).toFixed(1),
        ])
        .toArray(),
    ),
    '',
    ...rows(
      ['operator', 'mutants', 'caught', 'by', 'missed'],
      [...new Set(MISTAKES.map(({ operator }) => operator))].flatMap((operator) => {
        const all = wrong.filter(({ design }) => mutantOf(design)?.mistake.operator === operator);
        const missed = all.filter((verdict) => !isCaught(verdict, usual)).map(({ design }) => missedOf(design));
        if (all.length === 0) return [];
        return [[operator, String(all.length), String(all.length - missed.length), by(all, usual), missed.join('; ')]];
      }),
    ),
    '',
    `${caught.length} of ${wrong.length} mutants caught; ${alarms.length} false alarms in ${right.length} checks of right servers, of ${seconds} seconds each (median).`,
  ].join('\n');
}

function missedOf(design: Design): string {
  const reason = mutantOf(design)?.mistake.unseen;
  return reason === undefined ? design.name : `${design.name} (${reason})`;
}

/** The three invariants that caught most of them. */
function by(verdicts: readonly Verdict[], usual: Usual): string {
  const names = verdicts.flatMap((verdict) => {
    const { failed } = verdict.result;
    if (isNoApi(verdict.result)) return ['no answer of the API'];
    return failed.length > 0 ? failed : newAdvice(verdict, usual).map((sentence) => sentence.split(':')[0] ?? '');
  });
  const counts = [...Map.groupBy(names, (name) => name)].sort(([, a], [, b]) => b.length - a.length);
  return counts
    .slice(0, 3)
    .map(([name]) => (name.includes(' ') ? name : `\`${name}\``))
    .join(', ');
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function rows(header: readonly string[], cells: readonly (readonly string[])[]): readonly string[] {
  const line = (texts: readonly string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...cells.map(line)];
}
