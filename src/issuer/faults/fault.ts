/** What a fault is: one row that changes a token on its way from claims to string, and what a server must answer. */
import type { Buffer } from 'node:buffer';
import type { PublicKeySet } from '../../identity/identity.ts';
import type { SigningKey } from '../signing-key.ts';
import type { Expectation } from './expectation.ts';

export type Members = Readonly<Record<string, unknown>>;

/** The two parts that are signed, encoded. */
export interface SignedParts {
  readonly header: string;
  readonly payload: string;
}

export interface TokenParts extends SignedParts {
  readonly signature: string;
}

/** What a stage may look at. */
export interface FaultContext {
  readonly key: SigningKey;
  readonly published: PublicKeySet;
  readonly issuer: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** A session id that nobody else has. */
  readonly sessionId: string;
  /** Where `jku` and `x5u` point: nothing may ever connect there. */
  readonly foreignUrl: string;
}

/** What there is of a token at each stage of its way, in order. */
export interface StageValue {
  readonly claims: Members;
  readonly header: Members;
  /** The JSON texts. */
  readonly payloadBytes: Buffer;
  readonly headerBytes: Buffer;
  /** Before signing: the signature is good for what this stage makes of it. */
  readonly signedParts: SignedParts;
  readonly signature: Buffer;
  readonly parts: TokenParts;
  readonly token: string;
}

/** A fault changes the token at one stage or more; several faults run one after the other. */
export type Stages = {
  readonly [Stage in keyof StageValue]?: (value: StageValue[Stage], context: FaultContext) => StageValue[Stage];
};

/** The stages of a fault, and what replaces the RS256 signature of the issuer's key. */
export interface Changes extends Stages {
  readonly sign?: (input: Buffer, context: FaultContext) => Buffer;
}

export interface Fault extends Changes {
  /** Kebab-case and stable: scripts name it. */
  readonly name: string;
  /** Numbers of the catalogue of bad inputs that it covers. */
  readonly rows: readonly number[];
  /** What is odd about the token, in a few words. */
  readonly summary: string;
  /** What a server with default settings answers, given a token that is good otherwise. */
  readonly expected: Expectation | ((context: FaultContext) => Expectation);
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
