using Npgsql;
using NpgsqlTypes;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Load;

/// <summary>One short query that tells whether the catalogue has changed since a plan was made.</summary>
/// <remarks>
/// It hashes everything that a plan depends on, for the tables and for those that their keys refer to: names, columns, constraints on
/// either side, indexes, triggers (also of partitions), policies, partitions, owners, privileges of the role, and the settings that affect
/// keys and writing. It leaves out chunks of hypertables, which come and go with the rows, as well as row counts and contents. A catalogue
/// row is identified by its ctid and xmin: every change writes another version of it. Keys of other tables are found by their triggers on
/// the tables they refer to, because pg_constraint has no index for that. The arrays keep the planner's row estimates small for any
/// catalogue: with large estimates the server would JIT-compile the query, which takes 100 ms.
/// </remarks>
internal static class CatalogStamp
{
    private const string Query = """
        WITH RECURSIVE
        listed AS MATERIALIZED (
          SELECT ARRAY(SELECT pg_catalog.to_regclass(n.name)::pg_catalog.oid FROM pg_catalog.unnest($1::text[]) AS n(name)) AS oids),
        keys AS MATERIALIZED (
          SELECT k.ctid, k.xmin, k.conrelid, k.confrelid FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY ((SELECT oids FROM
            listed)::oid[])
          UNION ALL
          SELECT k.ctid, k.xmin, k.conrelid, k.confrelid FROM pg_catalog.pg_constraint k
          WHERE k.oid = ANY (ARRAY(SELECT t.tgconstraint FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY ((SELECT oids FROM
            listed)::oid[]))) AND k.contype = 'f'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = k.conrelid AND i.inhparent = ANY ($2))),
        named AS MATERIALIZED (
          SELECT ARRAY(SELECT pg_catalog.unnest(oids) FROM listed UNION SELECT confrelid FROM keys WHERE confrelid <> 0) AS oids),
        parts AS (
          SELECT pg_catalog.unnest(oids) AS oid FROM named
          UNION
          SELECT i.inhrelid FROM parts p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid WHERE NOT i.inhparent = ANY ($2)),
        family AS MATERIALIZED (SELECT ARRAY(SELECT oid FROM parts ORDER BY oid) AS oids)
        SELECT pg_catalog.md5(pg_catalog.string_agg(f.fact, '|' ORDER BY f.fact COLLATE "C")) FROM (
          SELECT 'l' || oids::text FROM listed
          UNION ALL
          SELECT 'f' || oids::text FROM family
          UNION ALL
          SELECT pg_catalog.concat_ws(' ', 'c', c.oid, c.relname, c.relnamespace, c.relkind, c.relowner, c.relrowsecurity,
            c.relforcerowsecurity, c.relispartition,
            pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'),
              pg_catalog.has_table_privilege(c.oid, 'SELECT'),
            pg_catalog.has_table_privilege(c.oid, 'INSERT'), pg_catalog.has_table_privilege(c.oid, 'UPDATE'),
              pg_catalog.has_table_privilege(c.oid, 'DELETE'),
            pg_catalog.has_table_privilege(c.oid, 'TRUNCATE'))
          FROM pg_catalog.pg_class c WHERE c.oid = ANY (ARRAY(SELECT pg_catalog.unnest(oids) FROM named UNION SELECT conrelid FROM keys))
          UNION ALL
          SELECT 'a' || a.ctid || a.xmin FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ((SELECT oids FROM named)::oid[]) AND
            a.attnum > 0
          UNION ALL
          SELECT 'k' || k.ctid || k.xmin FROM keys k
          UNION ALL
          SELECT 'i' || i.ctid || i.xmin || ' ' || i.indisunique || i.indisvalid FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ((SELECT
            oids FROM named)::oid[])
          UNION ALL
          SELECT 't' || t.ctid || t.xmin FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY ((SELECT oids FROM family)::oid[])
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.tgconstrrelid AND i.inhparent = ANY ($2))
          UNION ALL
          SELECT 'p' || p.ctid || p.xmin FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY ((SELECT oids FROM named)::oid[])
          UNION ALL
          SELECT pg_catalog.concat_ws(' ', 'r', r.oid, r.rolsuper, r.rolbypassrls) FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
          UNION ALL
          SELECT pg_catalog.concat_ws(' ', 's', pg_catalog.current_setting('session_replication_role'),
            pg_catalog.current_setting('transaction_read_only'),
            pg_catalog.pg_is_in_recovery())
        ) AS f(fact)
        """;

    /// <summary>The query, to be sent in a batch with others.</summary>
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
    public static async Task<string> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> tables, IReadOnlyList<uint> hypertables, CancellationToken cancellationToken)
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
                DatabaseThrow.Failed("Reading the definitions of the tables", ServerName.Of(connection), error);
                throw;
            }
        }
    }
}
