/** A tape: what was sent and what came back, in claims and hashes. Never a token, never a secret. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../../errors/failure.ts';
import { type InputFile, judgeInput, problemIn } from '../../machine/input-file.ts';
import { systemReason, temporaryName } from '../../machine/private-file.ts';
import type { WantedToken } from '../../server/minter.ts';
import { faultsNamed } from '../../workos/tokens/faults.ts';
import { ANSWER_OUTCOMES } from '../replay/answer.ts';
import type { SendResult } from '../replay/result.ts';

const TapeSend = z.strictObject({
  n: z.int().min(1),
  /** Of the user in the local directory, where we minted the token. */
  email: z.string().nullable(),
  /** Null for a send without a readable token. */
  claims: z.record(z.string(), z.json()).nullable(),
  faults: z.array(z.string()),
  key: z.string().nullable(),
  status: z.int().min(100).max(599),
  outcome: z.enum(ANSWER_OUTCOMES),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  /** Of the body, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
});
export type TapeSend = z.infer<typeof TapeSend>;

const Tape = z.strictObject({
  tape: z.literal('agent-paste', 'must be agent-paste'),
  schema_version: z.literal(1, 'is newer than this program; accepted: 1'),
  sends: z.array(TapeSend, 'must be a list of sends').min(1, 'must have a send').max(100_000),
});
export type Tape = z.infer<typeof Tape>;

const HINT = 'A tape is what `agent-paste replay --save <file>` wrote.';

export function isTape({ value }: InputFile): boolean {
  return typeof value === 'object' && value !== null && 'tape' in value;
}

/** @throws Failure invalid_argument, naming file, line and field */
export function readTape(file: InputFile): Tape {
  const tape = judgeInput(file, Tape, HINT);
  for (const [index, { faults }] of tape.sends.entries()) {
    try {
      faultsNamed(faults);
    } catch (error) {
      if (error instanceof Failure) throw problemIn(file, ['sends', index, 'faults'], error.message, error.hint);
      throw error;
    }
  }
  return tape;
}

export function tapeOf(results: readonly SendResult[]): Tape {
  return {
    tape: 'agent-paste',
    schema_version: 1,
    sends: results.map(({ n, email, claims, faults, key, outcome, answer }) => ({
      n,
      email,
      claims: claims as TapeSend['claims'],
      faults: [...faults],
      key,
      status: answer.status,
      outcome,
      code: answer.code,
      reason: answer.reason,
      sha256: answer.sha256,
    })),
  };
}

/** Whole or not at all. @throws Failure invalid_argument */
export function writeTape(path: string, tape: Tape): void {
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, `${JSON.stringify(tape, null, 2)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure('invalid_argument', `cannot write ${path}: ${systemReason(error)}`, undefined, error);
  }
}

/** Claims that belong to the moment and the place of the recording: the local issuer gives its own. */
const NOT_CARRIED = new Set(['iss', 'client_id', 'sub', 'jti', 'sid', 'exp', 'nbf', 'iat']);

/** What to mint for this send; null for one without a token. */
export function wantedAgain({ claims, email, faults, reason }: TapeSend): WantedToken | null {
  if (claims === null) return null;
  const { sub, jti, sid } = claims;
  return {
    ...(typeof sub === 'string' ? { sub } : {}),
    ...(email === null ? {} : { email }),
    jti: typeof jti === 'string' ? jti : null,
    sid: typeof sid === 'string' ? sid : null,
    ...(reason === 'expired' ? { expiresIn: -60 } : {}),
    claims: Object.fromEntries(Object.entries(claims).filter(([name]) => !NOT_CARRIED.has(name))),
    faults,
  };
}
