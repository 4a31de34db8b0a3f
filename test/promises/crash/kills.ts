/** Servers on one file, clients that never stop asking, and kills at random moments. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ServerProcess } from '../../support/binary.ts';
import {
  emptyState,
  expectOneSecretEach,
  expectSound,
  expectWholeFiles,
  post,
  type SignIn,
  type State,
  serve,
  signInsOf,
} from './state.ts';

export interface KillFigures {
  kills: number;
  /** Answers that clients received, first ones and replays. */
  answers: number;
  /** Requests that a kill cut off. */
  lost: number;
  /** 503 with a documented reason. */
  unavailable: number;
  users: number;
}

export interface KillOptions {
  readonly servers: number;
  readonly clients: number;
  /** Asked before each kill. */
  readonly goOn: (figures: KillFigures) => boolean;
}

/** Kills on one state directory, before the next is begun: whole databases are looked through after each kill. */
const KILLS_PER_STATE = 50;
/** Users whose first sign-in may be asked for in one round. */
const USERS_PER_ROUND = 12;
/** Answers from the first request of a round to its kill, at most. */
const MOST_ANSWERS = 60;

/** @throws AssertionError for the first answer that is lost or differs, and anything half or damaged */
export async function killAtRandom({ goOn, ...options }: KillOptions): Promise<KillFigures> {
  const figures = { kills: 0, answers: 0, lost: 0, unavailable: 0, users: 0 };
  while (goOn(figures)) {
    using state = emptyState();
    const upTo = figures.kills + KILLS_PER_STATE;
    await killOn(state, { ...options, goOn: () => figures.kills < upTo && goOn(figures) }, figures);
    figures.users += new Set(state.signIns.map(({ subject }) => subject)).size;
    await expectSound(state);
  }
  return figures;
}

async function killOn(
  state: State,
  { servers: size, clients, goOn }: KillOptions,
  figures: KillFigures,
): Promise<void> {
  const servers = await Promise.all(Array.from({ length: size }, () => serve(state)));
  try {
    while (goOn(figures)) {
      const first = state.signIns.length;
      for (let user = 0; user < USERS_PER_ROUND; user++)
        signInsOf(state, `user_${figures.kills}_${user}`, 1 + Math.floor(Math.random() * 2));
      const victims = chosen(servers);
      const kill = () => Promise.all(victims.map((victim) => servers[victim]!.kill()));
      const after = Math.floor(Math.random() * (MOST_ANSWERS + 1));
      await load(servers, state.signIns, { first, clients, figures, after, kill });
      figures.kills += victims.length;
      expectWholeFiles(state);
      for (const victim of victims) servers[victim] = await serve(state);
      // What was answered stands, at the server that has just recovered the file.
      for (const signIn of state.signIns.slice(first))
        if (signIn.answer !== undefined) expect(await post(servers[victims[0]!]!.ready.callback_url, signIn)).toBe(200);
      expectOneSecretEach(await everyUserAnswered(state.signIns.slice(first), servers[victims[0]!]!));
    }
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
  }
}

/** Usually one, sometimes all: then no process has the file open, and the next start recovers it. */
function chosen(servers: readonly ServerProcess[]): number[] {
  const all = [...servers.keys()];
  return Math.random() < 0.3 ? all : [all[Math.floor(Math.random() * all.length)]!];
}

interface Round {
  /** Its first sign-in. */
  readonly first: number;
  readonly clients: number;
  readonly figures: KillFigures;
  /** How many requests come before the one that the kill meets. */
  readonly after: number;
  readonly kill: () => Promise<unknown>;
}

/** Clients post new tokens, the same at the same time, and old ones again, until the kill has happened. */
async function load(
  servers: readonly ServerProcess[],
  signIns: readonly SignIn[],
  { first, clients, figures, after, kill }: Round,
): Promise<void> {
  let over = false;
  let answers = 0;
  const due = Promise.withResolvers<void>();
  const count = () => {
    if (answers++ === after) due.resolve();
  };
  const client = async () => {
    while (!over) {
      const from = Math.random() < 0.8 ? first : 0;
      const signIn = signIns[from + Math.floor(Math.random() * (signIns.length - from))]!;
      const server = servers[Math.floor(Math.random() * servers.length)]!;
      count(); // with the request that the kill meets half done
      const outcome = await post(server.ready.callback_url, signIn);
      if (outcome === 200) figures.answers++;
      else if (outcome === 'lost') figures.lost++;
      else if (outcome === '503 database_busy') figures.unavailable++;
      else throw new Error(`${outcome} under load`);
      if (outcome === 'lost') await nextTurn(); // a refused connection costs nothing, and would be tried endlessly
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  try {
    await Promise.race([due.promise, running]);
    await kill();
  } finally {
    over = true;
  }
  await running;
}

async function everyUserAnswered(signIns: readonly SignIn[], { ready }: ServerProcess): Promise<readonly SignIn[]> {
  for (const signIn of signIns)
    if (signIn.answer === undefined) expect(await post(ready.callback_url, signIn)).toBe(200);
  return signIns;
}
