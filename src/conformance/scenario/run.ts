/** Runs the steps of a scenario one after the other; a step that fails does not keep the next one from running. */
import { performance } from 'node:perf_hooks';
import { Failure } from '../../errors/failure.ts';
import { duration } from '../../machine/values/duration.ts';
import type { MintedForUser, Minter, WantedToken } from '../../server/minter.ts';
import { createHistory } from '../replay/history.ts';
import { pause } from '../replay/pause.ts';
import type { SendResult, Violation } from '../replay/result.ts';
import { freshToken, NO_TOKEN, runSends, type TokenToSend, tokenOf } from '../replay/sends.ts';
import { judgeStep } from './expectations.ts';
import { type NamedStep, NO_TOKEN_NAME, type ReadScenario } from './read.ts';
import type { Mint } from './schema.ts';

export interface ScenarioWorld {
  /** Base URL of the API; another one after a restart, perhaps. */
  readonly url: () => string;
  readonly minter: Minter;
  /** Of the own server. */
  readonly restart?: (() => Promise<void>) | undefined;
  /** Stands for `{run}` in the file, so that a scenario can run again on a server that remembers. */
  readonly runId: string;
  /** Of the own server. @param time milliseconds */
  readonly advance?: ((time: number) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** For each send. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((done: number, total: number) => void) | undefined;
}

export interface StepResult {
  readonly step: NamedStep;
  readonly sends: readonly SendResult[];
  readonly violations: readonly Violation[];
  readonly milliseconds: number;
  /** Whether the run was stopped during the step. */
  readonly isStopped: boolean;
}

type ActResult = Pick<StepResult, 'sends' | 'violations' | 'isStopped'>;

interface SourceOfTokens {
  readonly wanted: WantedToken;
  readonly minted: MintedForUser;
}

/** @returns the steps until the signal. @throws Failure when the target cannot be reached, or a token cannot be made */
export async function runScenario(scenario: ReadScenario, world: ScenarioWorld): Promise<StepResult[]> {
  const history = createHistory();
  const tokens = new Map<string, SourceOfTokens>();
  const answers = new Map<string, SendResult>();
  const results: StepResult[] = [];
  let sent = 0;

  const mint = (id: string, wanted: WantedToken): SourceOfTokens => {
    const source = { wanted, minted: world.minter.mint(wanted) };
    tokens.set(id, source);
    return source;
  };
  const sourceOf = (id: string): SourceOfTokens => found(tokens.get(id));

  const send = async ({ id, send: described, expect }: NamedStep): Promise<ActResult> => {
    const { token, times = 1, concurrency = 1, fresh = false, retry = false, ...fields } = described ?? {};
    const source =
      token === NO_TOKEN_NAME
        ? undefined
        : token === undefined
          ? mint(id, wantedOf(fields, world.runId))
          : sourceOf(token);
    const sends = await runSends(
      {
        url: world.url(),
        times,
        concurrency,
        retry,
        from: sent + 1,
        timeoutMs: world.timeoutMs,
        signal: world.signal,
        token: (index) => tokenToSend(source, fresh ? index : undefined, world.minter),
      },
      history,
    );
    sent += sends.length;
    const [first] = sends;
    if (first !== undefined) answers.set(id, first);
    const isStopped = sends.length < times;
    const violations = judgeStep({
      expected: expect === undefined ? undefined : inRun(expect, world.runId),
      results: sends,
      answerOf: (earlier) => found(answers.get(earlier)),
      concurrent: concurrency > 1,
      isStopped,
    });
    return { sends, violations, isStopped };
  };

  const act = async (step: NamedStep): Promise<ActResult> => {
    if (step.kind === 'send') return send(step);
    if (step.mint !== undefined) mint(step.id, wantedOf(step.mint, world.runId));
    if (step.wait !== undefined) await pause(milliseconds(step.wait), world.signal);
    if (step.advance !== undefined) found(world.advance)(milliseconds(step.advance));
    if (step.rotate !== undefined) await world.minter.keyring.rotate(world.now());
    if (step.retire !== undefined) await world.minter.keyring.retire(sourceOf(step.retire).minted.kid, world.now());
    if (step.restart !== undefined) await found(world.restart)();
    return { sends: [], violations: [], isStopped: false };
  };

  const nothingIfStopped = (error: unknown): ActResult => {
    if (!world.signal?.aborted) throw error;
    return { sends: [], violations: [], isStopped: true };
  };

  for (const [index, step] of scenario.steps.entries()) {
    if (world.signal?.aborted) break;
    const startedAt = performance.now();
    const result = await act(step).catch(nothingIfStopped);
    results.push({ step, ...result, milliseconds: performance.now() - startedAt });
    world.onStep?.(index + 1, scenario.steps.length);
  }
  return results;
}

function tokenToSend(source: SourceOfTokens | undefined, fresh: number | undefined, minter: Minter): TokenToSend {
  if (source === undefined) return NO_TOKEN;
  const { wanted, minted } = source;
  if (fresh === undefined) return tokenOf(minted, wanted.faults);
  return tokenOf(minter.mint(freshToken(wanted, minted, fresh)), wanted.faults);
}

function wantedOf(fields: Mint, runId: string): WantedToken {
  const { expires_in, email, sub, jti, sid, claims, profile, faults } = inRun(fields, runId);
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(email === undefined ? {} : { email }),
    ...(sub === undefined ? {} : { sub }),
    ...(jti === undefined ? {} : { jti }),
    ...(sid === undefined ? {} : { sid }),
    ...(expires_in === undefined ? {} : { expiresIn: milliseconds(expires_in) / 1000 }),
    claims: claims ?? {},
    faults: faults ?? [],
  };
}

/** Puts the id of the run in every text. */
function inRun<T>(value: T, runId: string): T {
  return JSON.parse(JSON.stringify(value), (_, text) =>
    typeof text === 'string' ? text.replaceAll('{run}', runId) : text,
  ) as T;
}

/** The file was judged before it was run. */
function milliseconds(text: string): number {
  return duration('0ms', '3650d').read(text, (problem) => new Failure('bug', problem));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Failure('bug', 'a step refers to one that did not run');
  return value;
}
