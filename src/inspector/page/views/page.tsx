/** Which page the address names. */
import type { ComponentType } from 'preact';
import { address } from '../browser/address.ts';
import { denied } from '../browser/client.ts';
import { Callbacks } from './callbacks.tsx';
import { Frame } from './frame.tsx';
import { Help } from './help.tsx';
import { NoKey } from './no-key.tsx';
import { NotFound } from './not-found.tsx';

const VIEWS: Readonly<Record<string, ComponentType>> = {
  callbacks: Callbacks,
};

export function Page() {
  const [name = ''] = address.value.path;
  const View = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  return (
    <Frame>
      {denied.value ? <NoKey /> : View === undefined ? <NotFound /> : <View />}
      <Help />
    </Frame>
  );
}
