/** One connection, as its URL describes it. */
import pg from 'pg';

/** What the driver takes from the environment unless it is given: another program set it, and a pooler would refuse it. */
const OF_THE_ENVIRONMENT = { options: undefined, replication: undefined };

export class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    const password = config?.password; // the pool hides it from copies
    super({ ...config, ...(password !== undefined && { password }), sslnegotiation: 'postgres' });
    const { connectionParameters } = this as unknown as { readonly connectionParameters: object };
    Object.assign(connectionParameters, OF_THE_ENVIRONMENT);
  }
}
