/** Servers that start, live for a while and are stopped or killed; clients of whichever is there. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { LOCAL_API_KEY } from '../../../src/machine/settings.ts';
import { type ServerProcess, serverProcess } from '../../support/binary.ts';
import type { Token } from './model.ts';
import { address, count, type World } from './world.ts';

/** Milliseconds, at most, from a start to a kill or a stop. */
const LIFE_MS = 2500;
/** And from there to the next start: a reset is possible while there is no server. */
const PAUSE_MS = 3000;

/** One server, with the seed or without, killed at any moment or stopped; then a pause. */
export async function serverLife(world: World): Promise<void> {
  const { choices, model, paths, servers } = world;
  const seeds = choices.happens(0.3);
  const name = `serve${seeds ? ' --seed' : ''}`;
  const from = model.now();
  const isKilled = choices.happens(0.6);
  const life = 1 + choices.below(LIFE_MS);
  const args = ['--state-dir', paths.directory, '--log', 'off', ...(seeds ? ['--seed', world.seedFile] : [])];
  const server = await serverProcess(args, isKilled ? { killAfter: life } : {}).catch((error: Error) => {
    if (isKilled && error.message.startsWith('serve ended with null')) return undefined;
    throw error;
  });
  if (server === undefined) return count(world, `${name}: killed while it started`);
  if (seeds) model.seeded(from);
  servers.push(server);
  if (isKilled) await exit(server);
  else await sleep(life);
  servers.splice(servers.indexOf(server), 1);
  if (!isKilled) expect(await server.stop(), server.stderr()).toBe(0);
  count(world, `${name}: ${isKilled ? 'killed' : 'stopped'}`);
  await sleep(choices.below(PAUSE_MS));
}

async function exit({ child }: ServerProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** A sign-in with one of the tokens, mostly a new one, or a user through the API of the local WorkOS. */
export async function clientRequest(world: World): Promise<void> {
  const { choices, model, servers } = world;
  if (servers.length === 0 || model.tokens.length === 0) return sleep(10);
  const { url, callback_url } = choices.of(servers).ready;
  if (choices.happens(0.05)) return createUser(world, url);
  const good = model.acceptedTokens;
  await signIn(world, callback_url, choices.of(good.length > 0 && choices.happens(0.9) ? good : model.tokens));
}

/** @returns the answer, or undefined when no whole one came back, or none of status 200 */
async function signIn(world: World, callbackUrl: string, token: Token): Promise<string | undefined> {
  const { model } = world;
  const from = model.now();
  const answer = await asked(callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token.token}` } });
  if (answer === undefined) {
    count(world, 'sign-in: cut off');
    await sleep(5); // a refused connection costs nothing, and would be tried endlessly
    return undefined;
  }
  const { status, text } = answer;
  const reason = status === 200 ? 'answered' : String(JSON.parse(text).error?.reason);
  count(world, `sign-in: ${reason}`);
  if (status === 200) {
    model.answered(token, text, from);
    return text;
  }
  const isExpected = status === 401 ? model.mayBeRefused(token, reason) : reason === 'database_busy';
  if (!isExpected) throw new Error(`a sign-in of ${token.subject} was answered with ${status} ${reason}: ${text}`);
  return undefined;
}

async function createUser(world: World, url: string): Promise<void> {
  const { model } = world;
  const email = address(world);
  const from = model.now();
  const answer = await asked(`${url}/user_management/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  count(world, `POST /user_management/users: ${answer?.status ?? 'cut off'}`);
  if (answer?.status === 201) model.user(email, JSON.parse(answer.text).id, from);
  else if (answer !== undefined && ![400, 503].includes(answer.status))
    throw new Error(`a user was answered with ${answer.status}: ${answer.text}`);
}

async function asked(url: string, init: RequestInit): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}
