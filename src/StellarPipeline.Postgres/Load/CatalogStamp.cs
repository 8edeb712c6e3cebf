using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Postgres.Load;

/// <summary>One short query that tells whether the catalogue still says what a plan was made from.</summary>
/// <remarks>
/// It hashes everything of the tables that a plan rests on: names, columns, constraints on either side, indexes, triggers, policies, partitions, owners, rights of the role,
/// and the settings that decide about keys and writing. Chunks of hypertables are left out: they come and go with the rows. Row counts and contents are not part of it.
/// </remarks>
internal static class CatalogStamp
{
    private const string Query = """
        WITH listed AS MATERIALIZED (
          SELECT n.ord, pg_catalog.to_regclass(n.name)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS n(name, ord)),
        keys AS MATERIALIZED (
          SELECT con.* FROM pg_catalog.pg_constraint con WHERE con.conrelid IN (SELECT oid FROM listed)
          UNION SELECT con.* FROM pg_catalog.pg_constraint con WHERE con.contype = 'f' AND con.confrelid IN (SELECT oid FROM listed)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = ANY ($2) AND i.inhrelid = con.conrelid))
        SELECT pg_catalog.md5(pg_catalog.string_agg(f.fact, '|' ORDER BY f.fact)) FROM (
          SELECT pg_catalog.format('l %s %s', l.ord, l.oid) FROM listed l
          UNION ALL
          SELECT pg_catalog.format('c %s %s %s %s %s %s %s %s %s %s %s %s %s %s', c.oid, c.relname, c.relnamespace, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
            c.relispartition, pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.has_table_privilege(c.oid, 'INSERT'),
            pg_catalog.has_table_privilege(c.oid, 'UPDATE'), pg_catalog.has_table_privilege(c.oid, 'DELETE'), pg_catalog.has_table_privilege(c.oid, 'TRUNCATE'))
          FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT oid FROM listed UNION SELECT confrelid FROM keys UNION SELECT conrelid FROM keys)
          UNION ALL
          SELECT pg_catalog.format('a %s %s %s %s %s %s %s %s %s', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attidentity, a.attgenerated, a.atthasdef)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid IN (SELECT oid FROM listed) AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL
          SELECT pg_catalog.format('k %s %s %s %s %s %s %s %s %s %s %s', k.oid, k.conname, k.contype, k.conrelid, k.confrelid, k.condeferrable, k.condeferred, k.convalidated,
            k.conkey, k.confkey, k.confdeltype) FROM keys k
          UNION ALL
          SELECT pg_catalog.format('i %s %s %s %s', i.indexrelid, i.indrelid, i.indisunique, i.indisvalid) FROM pg_catalog.pg_index i WHERE i.indrelid IN (SELECT oid FROM listed)
          UNION ALL
          SELECT pg_catalog.format('t %s %s %s %s', t.oid, t.tgname, t.tgtype, t.tgenabled) FROM pg_catalog.pg_trigger t
          WHERE t.tgrelid IN (SELECT oid FROM listed UNION SELECT confrelid FROM keys)
          UNION ALL
          SELECT pg_catalog.format('p %s %s', p.oid, p.polname) FROM pg_catalog.pg_policy p WHERE p.polrelid IN (SELECT oid FROM listed)
          UNION ALL
          SELECT pg_catalog.format('h %s %s', i.inhparent, i.inhrelid) FROM pg_catalog.pg_inherits i WHERE i.inhparent IN (SELECT oid FROM listed) AND NOT i.inhparent = ANY ($2)
          UNION ALL
          SELECT pg_catalog.format('r %s %s %s', r.oid, r.rolsuper, r.rolbypassrls) FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
          UNION ALL
          SELECT pg_catalog.format('s %s %s %s', pg_catalog.current_setting('session_replication_role'), pg_catalog.current_setting('transaction_read_only'),
            pg_catalog.pg_is_in_recovery())
        ) AS f(fact)
        """;

    /// <summary>The query, to be sent along with others.</summary>
    /// <param name="tables">The tables' names as SQL writes them.</param>
    /// <param name="hypertables">The oids of the database's hypertables.</param>
    public static NpgsqlBatchCommand Command(IReadOnlyList<string> tables, IReadOnlyList<uint> hypertables) => new(Query)
    {
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = [.. tables] },
            new NpgsqlParameter { Value = hypertables.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid },
        },
    };

    /// <summary>Reads the stamp.</summary>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="tables">The tables' names as SQL writes them.</param>
    /// <param name="hypertables">The oids of the database's hypertables.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async Task<string> ReadAsync(NpgsqlConnection connection, IReadOnlyList<string> tables, IReadOnlyList<uint> hypertables, CancellationToken cancellationToken)
    {
        NpgsqlBatchCommand command = Command(tables, hypertables);
        var batch = new NpgsqlBatch(connection) { Timeout = 0, BatchCommands = { command } };
        await using (batch.ConfigureAwait(false))
        {
            try
            {
                return (string)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            }
            catch (NpgsqlException error)
            {
                DatabaseThrow.Failed("The look at the tables", ServerName.Of(connection), error);
                throw;
            }
        }
    }

    /// <summary>Locks the tables and reads the stamp under the locks, and whether any of them holds a row; one round trip.</summary>
    /// <param name="connection">The connection of the load's transaction.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="along">Tables outside the load that are truncated with it, and so must be empty too.</param>
    /// <param name="lockStatement">The statement that locks.</param>
    /// <param name="looksForRows">Whether it matters that the tables are empty; all of them can be read then.</param>
    /// <param name="cancellationToken">Ends the wait for the locks; the transaction is then to be rolled back.</param>
    public static async Task<(string Stamp, bool HasRows)> LockAndReadAsync(
        NpgsqlConnection connection, LoadPlan plan, IEnumerable<CopyTable> along, string lockStatement, bool looksForRows, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0, BatchCommands = { new NpgsqlBatchCommand(lockStatement), Command([.. plan.Preflight.Request.Tables.Select(table => table.QualifiedName)], plan.AllHypertables) } };
        if (looksForRows)
        {
            IEnumerable<string> names = plan.Preflight.Tables.Select(state => state.Only + state.QuotedName).Concat(along.Select(table => table.QualifiedName));
            string rows = string.Join(" OR ", names.Select(name => $"EXISTS (SELECT FROM {name})"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {rows}"));
        }

        await using (batch.ConfigureAwait(false))
        {
            long started = Stopwatch.GetTimestamp();
            NpgsqlDataReader reader;
            try
            {
                reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                PostgresTelemetry.CountLockWait(started, null);
            }
            catch (NpgsqlException error)
            {
                PostgresTelemetry.CountLockWait(started, error);
                throw;
            }

            await using (reader.ConfigureAwait(false))
            {
                // LOCK has no rows, so the first result is the stamp's.
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                string stamp = reader.GetString(0);
                if (!looksForRows) return (stamp, false);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (stamp, reader.GetBoolean(0));
            }
        }
    }
}
