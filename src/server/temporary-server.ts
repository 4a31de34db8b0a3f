/** A server in this process with its own WorkOS, and a minter for it. Temporary state is removed when it stops. */
import type { Settings } from '../machine/settings.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../machine/temporary-directory.ts';
import type { MakeKey } from '../workos/keys/keyring.ts';
import { serverEnvironment } from './environment.ts';
import { type Minter, openMinter } from './minter.ts';
import type { RunningServer, ServerEdge, Wrapping } from './parts.ts';
import { startServer } from './start.ts';

export interface TemporaryServer extends AsyncDisposable {
  /** The settings of the server, including its state directory. */
  readonly settings: Settings;
  readonly minter: Minter;
  /** The server that runs now. */
  running(): RunningServer;
  /** Stops the server and starts it again on the same state. */
  restart(): Promise<void>;
  /** Environment variables for a program that is tested against it. */
  environment(): Readonly<Record<string, string>>;
}

export interface TemporaryState {
  /** Not removed at the end; a temporary directory by default. */
  readonly stateDirectory?: string | undefined;
  readonly purpose: Parameters<typeof temporaryDirectory>[0];
  readonly wrapping?: Wrapping;
}

/** @throws the failures of `startServer`; temporary files are removed then */
export async function startTemporaryServer(
  given: Settings,
  edge: ServerEdge,
  { stateDirectory, purpose, wrapping }: TemporaryState,
): Promise<TemporaryServer> {
  const temporary = stateDirectory === undefined ? temporaryDirectory(purpose) : undefined;
  try {
    const settings = { ...given, 'state-dir': stateDirectory ?? (temporary?.path as string) };
    return await startOn(settings, () => startServer(settings, edge, wrapping), edge, temporary, wrapping?.makeKey);
  } catch (error) {
    temporary?.[Symbol.dispose]();
    throw error;
  }
}

async function startOn(
  settings: Settings,
  start: () => Promise<RunningServer>,
  edge: ServerEdge,
  temporary: TemporaryDirectory | undefined,
  makeKey: MakeKey | undefined,
): Promise<TemporaryServer> {
  let running = await start();
  let stopping: Promise<void> | undefined;
  const { 'state-dir': stateDir, issuer, 'client-id': clientId } = settings;
  const now = () => running.now();
  const minting = { stateDir, issuer, clientId, now, random: edge.random, makeKey };
  const minter = await openMinter(minting).catch(async (error) => {
    await running.stop();
    throw error;
  });
  return {
    settings,
    minter,
    running: () => running,
    async restart() {
      await running.stop();
      running = await start();
    },
    environment: () => serverEnvironment(running, settings),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };

  async function stop(): Promise<void> {
    minter[Symbol.dispose]();
    try {
      await running.stop();
    } finally {
      temporary?.[Symbol.dispose]();
    }
  }
}
