/** The same server as a fixture: each test that asks for one gets its own. */
import { test } from 'agent-paste/vitest';
import { expect } from 'vitest';

function signIn(url: string, token: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

test('two sign-ins at once are one', async ({ agentPaste }) => {
  const { token } = agentPaste.mint({ email: 'ada@example.com' });
  const held = agentPaste.hold('after-verify');
  const answers = [signIn(agentPaste.callbackUrl, token), signIn(agentPaste.callbackUrl, token)];
  await held.reached(2);
  held.release();

  const [first, again] = await Promise.all(answers);
  await expect(again as Response).toBeReplayOf(first as Response);
  await expect(agentPaste).toHaveProvisioned('ada@example.com');
});

test('an old token is refused', async ({ agentPaste }) => {
  const { token } = agentPaste.mint({ email: 'ada@example.com', expiresIn: '5m' });
  agentPaste.advance('6m');
  await expect(await signIn(agentPaste.callbackUrl, token)).toBeRefusedFor('expired');
  await expect(agentPaste).not.toHaveProvisioned('ada@example.com');
});
