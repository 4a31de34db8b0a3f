/** Which page the address names. Each is loaded when it is first opened. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { address } from '../browser/address.ts';
import { denied } from '../browser/client.ts';
import { Frame } from './frame.tsx';
import { Help } from './help.tsx';
import { NoKey } from './no-key.tsx';
import { NotFound } from './not-found.tsx';

type Load = () => Promise<ComponentType>;

const VIEWS: Readonly<Record<string, Load>> = {
  '': async () => (await import('./overview.tsx')).Overview,
  callbacks: async () => (await import('./callbacks.tsx')).Callbacks,
  members: async () => (await import('./members.tsx')).Members,
  records: async () => (await import('./records.tsx')).Records,
  replay: async () => (await import('./replay.tsx')).Replay,
  'signing-keys': async () => (await import('./signing-keys.tsx')).SigningKeys,
};

const loaded = signal<Readonly<Record<string, ComponentType>>>({});

export function Page() {
  const [name = ''] = address.value.path;
  return (
    <Frame>
      {denied.value ? <NoKey /> : Object.hasOwn(VIEWS, name) ? <View name={name} /> : <NotFound />}
      <Help />
    </Frame>
  );
}

function View({ name }: { readonly name: string }) {
  const Loaded = loaded.value[name];
  useEffect(() => {
    if (Loaded === undefined) void load(name);
  }, [name, Loaded]);
  return Loaded === undefined ? <main class="page" id="main" tabIndex={-1} /> : <Loaded />;
}

/** The parts of another build are not there any more: the shell has the names of those that are. */
async function load(name: string): Promise<void> {
  try {
    const view = await VIEWS[name]?.();
    if (view !== undefined) loaded.value = { ...loaded.value, [name]: view };
  } catch {
    location.reload();
  }
}
