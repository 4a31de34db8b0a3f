/** The dashboard: who is signed in, and the workspace and API key that the callback of agent-paste answers with. */
import { createFileRoute } from '@tanstack/react-router';
import { createServerFn } from '@tanstack/react-start';
import { getAuth } from '@workos/authkit-tanstack-react-start';

interface CallbackAnswer {
  readonly workspace: { readonly name: string };
  readonly default_api_key: { readonly secret: string } | null;
}

/** Runs on the server alone. */
const dashboard = createServerFn().handler(async () => {
  const auth = await getAuth();
  if (auth.user === null) return null;
  const api = process.env.AGENT_PASTE_API_URL ?? 'http://localhost:8787';
  const response = await fetch(`${api}/v1/auth/web/callback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${auth.accessToken}` },
  });
  if (!response.ok) throw new Error(`the callback answered ${response.status}: ${await response.text()}`);
  const { workspace, default_api_key }: CallbackAnswer = await response.json();
  return { email: auth.user.email, workspace: workspace.name, secret: default_api_key?.secret ?? null };
});

export const Route = createFileRoute('/')({ loader: () => dashboard(), component: Page });

function Page() {
  const shown = Route.useLoaderData();
  if (shown === null)
    return (
      <main>
        <h1>Dashboard</h1>
        {/* Not a Link: the page of the sign-in belongs to another server, as that of the sign-out does. */}
        <a href="/api/auth/sign-in">Sign in</a>
      </main>
    );
  return (
    <main>
      <h1>{shown.workspace}</h1>
      <p>
        Signed in as <strong>{shown.email}</strong>
      </p>
      <p>
        API key: <code>{shown.secret ?? 'shown at the first sign-in'}</code>
      </p>
      <a href="/sign-out">Sign out</a>
    </main>
  );
}
