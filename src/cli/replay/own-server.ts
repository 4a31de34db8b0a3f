/** A server of its own for one scenario: free port, temporary state, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSettings, SETTINGS, type Settings } from '../../config.ts';
import { problemIn } from '../../replay/input-file.ts';
import { type Minter, openMinter } from '../../replay/minter.ts';
import type { ReadScenario } from '../../replay/scenario/read.ts';
import { type ServerEdge, startServer } from '../../serve.ts';

export interface OwnServer extends AsyncDisposable {
  readonly minter: Minter;
  url(): string;
  /** Stops it and starts it on the same state, on another free port. */
  restart(): Promise<void>;
}

/** @throws Failure invalid_argument for a setting, naming file and line */
export function refuseBadSettings({ settings = {}, file }: ReadScenario): void {
  for (const [name, value] of Object.entries(settings)) {
    const { parse } = SETTINGS[name as keyof typeof settings];
    parse(value, (problem) => problemIn(file, ['settings', name], problem));
  }
}

export async function startOwnServer({ settings }: ReadScenario, edge: ServerEdge): Promise<OwnServer> {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-replay-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const { values } = resolveSettings({ ...settings, 'state-dir': directory, port: '0' }, {}, undefined);
  try {
    let server = await startServer(values, edge);
    const minter = await minterOf(values, edge);
    return {
      minter,
      url: () => server.url,
      async restart() {
        await server.stop();
        server = await startServer(values, edge);
      },
      async [Symbol.asyncDispose]() {
        minter[Symbol.dispose]();
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function minterOf(settings: Settings, { now, random }: ServerEdge): Promise<Minter> {
  const { 'state-dir': stateDir, issuer, 'client-id': clientId } = settings;
  return openMinter({ stateDir, issuer, clientId, now, random });
}
