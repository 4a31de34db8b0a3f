/** A user in the form of the WorkOS API. */
import type { DirectoryUser } from './users.ts';

export function userObject(user: DirectoryUser) {
  const { id, email, email_verified, first_name, last_name } = user;
  const { last_sign_in_at, external_id, metadata, created_at, updated_at } = user;
  return {
    object: 'user',
    id,
    email,
    email_verified,
    first_name,
    last_name,
    profile_picture_url: null,
    last_sign_in_at,
    external_id,
    metadata,
    locale: null,
    created_at,
    updated_at,
  };
}
