/** The dashboard: who is signed in, and the workspace and API key that the callback of agent-paste answers with. */
import { refreshSession, signOut, withAuth } from '@workos-inc/authkit-nextjs';

const API = process.env.AGENT_PASTE_API_URL ?? 'http://localhost:8787';

interface CallbackAnswer {
  readonly workspace: { readonly name: string };
  readonly default_api_key: { readonly secret: string } | null;
}

async function callback(accessToken: string): Promise<CallbackAnswer> {
  const response = await fetch(`${API}/v1/auth/web/callback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!response.ok) throw new Error(`the callback answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function leave() {
  'use server';
  await signOut();
}

async function refresh() {
  'use server';
  await refreshSession();
}

export default async function Page() {
  const { user, accessToken } = await withAuth();
  if (user === null)
    return (
      <main>
        <h1>Dashboard</h1>
        {/* Not a Link: the page of the sign-in belongs to another server. */}
        <a href="/sign-in">Sign in</a>
      </main>
    );
  const { workspace, default_api_key } = await callback(accessToken);
  return (
    <main>
      <h1>{workspace.name}</h1>
      <p>
        Signed in as <strong>{user.email}</strong>
      </p>
      <p>
        API key: <code>{default_api_key?.secret ?? 'shown at the first sign-in'}</code>
      </p>
      <form action={refresh}>
        <button type="submit">Refresh</button>
      </form>
      <form action={leave}>
        <button type="submit">Sign out</button>
      </form>
    </main>
  );
}
