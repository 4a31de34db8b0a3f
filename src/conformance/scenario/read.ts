/** A scenario file, understood whole before anything is sent: its steps, and what they refer to. */
import { closest } from '../../errors/closest.ts';
import { type InputFile, judgeInput, problemIn } from '../../machine/input-file.ts';
import { type Expected, Scenario, STEP_KINDS, type Step, type StepKind } from './schema.ts';

export interface NamedStep extends Step {
  /** Its own id, or `step-<number>`. */
  readonly id: string;
  readonly kind: StepKind;
}

export interface ReadScenario extends Omit<Scenario, 'steps'> {
  readonly file: InputFile;
  readonly steps: readonly NamedStep[];
}

/** Stands for no token where a step is named. */
export const NO_TOKEN_NAME = 'none';

const HINT = 'docs/replay.md describes scenario files, and fixtures/scenarios has examples.';

/** @throws Failure invalid_argument, naming file, line and field */
export function readScenario(file: InputFile): ReadScenario {
  const scenario = judgeInput(file, Scenario, HINT);
  const fail = (where: readonly PropertyKey[], what: string) => problemIn(file, where, what, HINT);
  const steps: NamedStep[] = [];

  /** The earlier step of that id, which must be of a kind that has what is wanted of it. */
  const refer = (
    where: readonly PropertyKey[],
    id: string,
    wanted: string,
    has: (step: NamedStep) => boolean,
  ): void => {
    const step = steps.find((earlier) => earlier.id === id);
    if (step !== undefined && has(step)) return;
    if (step !== undefined) throw fail(where, `the step ${id} ${wanted}`);
    const later = scenario.steps.slice(steps.length).some((other) => other.id === id);
    const ids = steps.map((earlier) => earlier.id);
    throw fail(
      where,
      later
        ? `the step ${id} does not come before this one`
        : `there is no step ${JSON.stringify(id)}${closest(id, ids)}`,
    );
  };
  const isSend = ({ kind }: NamedStep) => kind === 'send';
  const hasToken = ({ mint, send }: NamedStep) =>
    mint !== undefined || (send !== undefined && send.token !== NO_TOKEN_NAME);

  if (scenario.settings !== undefined && scenario.server !== 'own')
    throw fail(['settings'], 'are those of the own server, which needs `server: own`');

  for (const [index, step] of scenario.steps.entries()) {
    const at = ['steps', index];
    const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
    const [kind] = kinds;
    if (kind === undefined) throw fail(at, `does nothing; a step has one of ${STEP_KINDS.join(', ')}`);
    if (kinds.length > 1) throw fail(at, `has ${kinds.join(' and ')}; a step does one thing`);
    const id = step.id ?? `step-${index + 1}`;
    if (id === NO_TOKEN_NAME) throw fail([...at, 'id'], 'stands for no token; choose another name');
    if (steps.some((earlier) => earlier.id === id)) throw fail([...at, 'id'], `another step is called ${id} already`);
    if (step.expect !== undefined && kind !== 'send')
      throw fail([...at, 'expect'], `${kind} gets no answer; only a send is expected to`);
    if (kind === 'restart' && scenario.server !== 'own')
      throw fail([...at, 'restart'], 'needs `server: own`: another server is not ours to restart');

    if (kind === 'advance' && scenario.server !== 'own')
      throw fail([...at, 'advance'], 'needs `server: own`: the clock of another server is not ours to move');

    const { token, ...fields } = step.send ?? {};
    if (token !== undefined) {
      const own = ['email', 'sub', 'jti', 'sid', 'expires_in', 'claims', 'profile', 'faults'].filter(
        (name) => name in fields,
      );
      if (own.length > 0)
        throw fail([...at, 'send', 'token'], `is named, and ${own.join(', ')} would make another one`);
      if (token !== NO_TOKEN_NAME) refer([...at, 'send', 'token'], token, 'has no token', hasToken);
      else if (step.send?.fresh) throw fail([...at, 'send', 'fresh'], 'there is no earlier token to make a new one of');
    }
    if (step.retire !== undefined) refer([...at, 'retire'], step.retire, 'has no token', hasToken);
    for (const [where, name] of references(step.expect ?? {}))
      refer([...at, 'expect', ...where], name, 'sends nothing', isSend);
    for (const [path, value] of Object.entries(step.expect?.fields ?? {})) {
      const pattern = patternOf(value);
      if (pattern !== undefined && !isRegularExpression(pattern))
        throw fail([...at, 'expect', 'fields', path], `${JSON.stringify(pattern)} is not a regular expression`);
    }
    steps.push({ ...step, id, kind });
  }
  return { ...scenario, file, steps };
}

function references(expected: Expected): readonly (readonly [readonly string[], string])[] {
  const { same_as, differs_from, same_fields } = expected;
  const all: readonly (readonly [readonly string[], string | undefined])[] = [
    [['same_as'], same_as],
    [['differs_from'], differs_from],
    [['same_fields', 'as'], same_fields?.as],
  ];
  return all.flatMap(([where, id]) => (id === undefined ? [] : [[where, id] as const]));
}

/** The regular expression of `{matches: …}`. */
export function patternOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { matches, ...rest } = value as Record<string, unknown>;
  return typeof matches === 'string' && Object.keys(rest).length === 0 ? matches : undefined;
}

function isRegularExpression(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
