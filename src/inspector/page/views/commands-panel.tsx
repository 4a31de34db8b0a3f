/** The same from a terminal. The server quotes what it offers for a shell. */
import { useState } from 'preact/hooks';
import { CopyButton } from '../parts/copy-menu.tsx';
import { Panel } from '../parts/panel.tsx';
import { Choice } from '../parts/tabs.tsx';

const TABS = { agent_paste: 'agent-paste', curl: 'curl' };

export function CommandsPanel({ commands }: { readonly commands: Readonly<Record<keyof typeof TABS, string | null>> }) {
  const [tab, setTab] = useState<keyof typeof TABS>(commands.agent_paste === null ? 'curl' : 'agent_paste');
  const text = commands[tab];
  return (
    <Panel
      title="The same from a terminal"
      end={<Choice label="Command for" options={TABS} chosen={tab} choose={setTab} />}
    >
      {text === null ? (
        <p class="note">
          No single command does this: the tokens differ, or a value has characters that no shell takes.
        </p>
      ) : (
        <>
          <pre class="block">{text}</pre>
          <CopyButton text={text} what="the command" />
        </>
      )}
    </Panel>
  );
}
