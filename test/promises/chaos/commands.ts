/** The commands that change a state, each with what its success acknowledges. */
import { address, command, IMPORTED, type World } from './world.ts';

/** Not found and in use: what a reset beside it may leave. */
const AFTER_RESET = { notFound: 5, conflict: 6, inUse: 7 } as const;

export interface Action {
  /** How often, beside the others. */
  readonly weight: number;
  act(world: World): Promise<void>;
}

async function mint(world: World): Promise<void> {
  const { model } = world;
  const email = address(world);
  const done = await command(world, ['mint', '--email', email, '--expires-in', '2h', '--count', '2', '--json']);
  if (done === undefined) return;
  for (const { token, header, claims } of JSON.parse(done.stdout).tokens) {
    model.user(email, claims.sub, done.from);
    model.key(header.kid, done.from);
    model.tokens.push({ token, subject: claims.sub, jti: claims.jti, kid: header.kid, from: done.from });
  }
}

async function addUser(world: World): Promise<void> {
  const email = address(world);
  const done = await command(world, ['users', 'add', email]);
  if (done !== undefined) world.model.user(email, done.stdout.trim(), done.from);
}

async function removeUser(world: World): Promise<void> {
  const { model } = world;
  const email = `leaver${model.now()}@example.com`;
  const added = await command(world, ['users', 'add', email]);
  if (added === undefined) return;
  const id = added.stdout.trim();
  model.user(email, id, added.from);
  model.removing(email, id);
  const removed = await command(world, ['users', 'remove', id], [0, AFTER_RESET.notFound]);
  if (removed?.code === 0) model.removed(id, removed.from);
}

async function rotate(world: World): Promise<void> {
  const done = await command(world, ['keys', 'rotate', '--json']);
  if (done !== undefined) for (const { kid } of JSON.parse(done.stdout).keys) world.model.key(kid, done.from);
}

async function retire(world: World): Promise<void> {
  const { model, choices } = world;
  const kids = model.keys;
  if (kids.length === 0) return;
  const kid = choices.of(kids);
  model.retiring(kid);
  const { notFound, conflict } = AFTER_RESET;
  const done = await command(world, ['keys', 'retire', kid], [0, notFound, conflict]);
  if (done?.code === 0) model.retired(kid, done.from);
}

async function publish(world: World): Promise<void> {
  const { model, choices } = world;
  const kids = model.maybeRetiredKeys;
  if (kids.length === 0) return;
  const kid = choices.of(kids);
  model.publishing(kid);
  await command(world, ['keys', 'publish', kid], [0, AFTER_RESET.notFound]);
  model.published(kid);
}

async function importKeys(world: World): Promise<void> {
  const done = await command(world, ['keys', 'import', world.keyFile]);
  if (done !== undefined) for (const kid of IMPORTED) world.model.key(kid, done.from);
}

async function rotatePepper(world: World): Promise<void> {
  await command(world, ['keys', 'rotate', '--pepper'], [0, AFTER_RESET.notFound]);
}

async function sweep(world: World): Promise<void> {
  await command(world, ['sweep'], [0, AFTER_RESET.notFound]);
}

async function reset(world: World): Promise<void> {
  const keepsKeys = world.choices.happens(0.3);
  const args = ['reset', '--yes', ...(keepsKeys ? ['--keep-keys'] : [])];
  const done = await command(world, args, [0, AFTER_RESET.inUse]);
  if (done?.code !== AFTER_RESET.inUse) world.model.wiped(keepsKeys ? 'all but keys' : 'everything');
}

export const COMMANDS: readonly Action[] = [
  { weight: 6, act: mint },
  { weight: 3, act: addUser },
  { weight: 2, act: removeUser },
  { weight: 2, act: rotate },
  { weight: 2, act: retire },
  { weight: 1, act: publish },
  { weight: 1, act: importKeys },
  { weight: 1, act: rotatePepper },
  { weight: 1, act: sweep },
  { weight: 2, act: reset },
];
