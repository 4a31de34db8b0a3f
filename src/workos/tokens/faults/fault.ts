/** The row of a fault: how it changes a token on its way from claims to string, and the answer that a server must give. */
import type { Buffer } from 'node:buffer';
import type { PublicKeySet } from '../../../callback/identity.ts';
import type { SigningKey } from '../../keys/signing-key.ts';
import type { ExpectedVerdict } from './expected-verdict.ts';

export type Members = Readonly<Record<string, unknown>>;

/** The two signed parts, encoded. */
export interface SignedParts {
  readonly header: string;
  readonly payload: string;
}

export interface TokenParts extends SignedParts {
  readonly signature: string;
}

/** The inputs of a stage. */
export interface FaultContext {
  readonly key: SigningKey;
  readonly published: PublicKeySet;
  readonly issuer: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** A new session id for this token. */
  readonly sessionId: string;
  /** The URL for `jku` and `x5u`; no server may ever connect to it. */
  readonly foreignUrl: string;
}

/** The form of a token at each stage, in order. */
export interface StageValue {
  readonly claims: Members;
  readonly header: Members;
  /** The JSON texts. */
  readonly payloadBytes: Buffer;
  readonly headerBytes: Buffer;
  /** Before signing, so the signature fits the result of this stage. */
  readonly signedParts: SignedParts;
  readonly signature: Buffer;
  readonly parts: TokenParts;
  readonly token: string;
}

/** A fault changes the token at one or more stages; several faults run one after the other. */
export type Stages = {
  readonly [Stage in keyof StageValue]?: (value: StageValue[Stage], context: FaultContext) => StageValue[Stage];
};

/** The stages of a fault, and the signature that replaces the RS256 signature of the issuer's key. */
export interface Changes extends Stages {
  readonly sign?: (input: Buffer, context: FaultContext) => Buffer;
}

export interface Fault extends Changes {
  /** In kebab case, and stable, because scripts use it. */
  readonly name: string;
  /** The rows of the catalogue of bad inputs that it covers. */
  readonly rows: readonly number[];
  /** The fault of the token in a few words. */
  readonly summary: string;
  /** The answer of a server with default settings to a token that has only this fault. */
  readonly expected: ExpectedVerdict | ((context: FaultContext) => ExpectedVerdict);
}

export function fault(
  name: string,
  rows: readonly number[],
  summary: string,
  expected: Fault['expected'],
  changes: Changes,
): Fault {
  return { name, rows, summary, expected, ...changes };
}
