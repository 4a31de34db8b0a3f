/** The promises that can be judged over the tables of the API. */
import type { AuditResult } from '../../audit.ts';
import type { QueriedPromise } from '../../promises.ts';
import { brokenIn, judged, overOneState } from '../audit/audit.ts';
import type { Place } from '../migrate.ts';
import type { Pool } from '../pool.ts';
import { AS_PLATFORM } from './platform.ts';

export function auditReference(pool: Pool, place: Place): AsyncIterable<AuditResult> {
  return overOneState({ pool, place }, async function* (query, rowsOf) {
    await query(AS_PLATFORM);
    for (const { id, queries } of promisesIn(place.schema)) yield judged(id, brokenIn(rowsOf, queries), query);
  });
}

function promisesIn(schema: string): readonly QueriedPromise[] {
  const query = (table: string, broken: string, condition: string) => ({
    table,
    sql: `SELECT ${broken} AS broken FROM "${schema}".${table} t WHERE ${condition}`,
  });
  const memberWithout = (what: string, table: string, condition: string) =>
    query(
      'workspace_members',
      `t.id || ' has no ${what}'`,
      `NOT EXISTS (SELECT 1 FROM "${schema}".${table} o WHERE ${condition})`,
    );
  const withoutEvent = (action: string) =>
    memberWithout(`event ${action}`, 'operation_events', `o.workspace_id = t.workspace_id AND o.action = '${action}'`);
  return [
    {
      id: 'one-member-per-user',
      queries: [
        query(
          'workspace_members',
          "t.id || ' is one of several members of ' || t.workos_user_id",
          `EXISTS (SELECT 1 FROM "${schema}".workspace_members o WHERE o.workos_user_id = t.workos_user_id AND o.id <> t.id)`,
        ),
      ],
    },
    {
      id: 'no-half-provisioned-member',
      queries: [
        memberWithout('workspace', 'workspaces', 'o.id = t.workspace_id'),
        memberWithout('API key', 'api_keys', 'o.workspace_id = t.workspace_id'),
        withoutEvent('workspace.created'),
        withoutEvent('api_key.created'),
      ],
    },
    {
      id: 'no-secret-at-rest',
      queries: [
        query(
          'idempotency_records',
          "t.idempotency_key || ' of ' || t.operation || ' has a secret in its stored answer'",
          "coalesce(t.result_json #>> '{default_api_key,secret}', t.result_json #>> '{secret}') IS NOT NULL",
        ),
      ],
    },
  ];
}
