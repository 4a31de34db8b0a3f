import { createFileRoute } from '@tanstack/react-router';
import { signOut } from '@workos/authkit-tanstack-react-start';

/** To be opened as a whole page: the redirect leads to another server. */
export const Route = createFileRoute('/sign-out')({
  loader: async () => {
    await signOut();
  },
});
