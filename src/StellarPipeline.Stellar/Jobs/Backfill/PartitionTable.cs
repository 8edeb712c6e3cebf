using System.Globalization;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Names and statements of a partition of a history table.</summary>
internal static class PartitionTable
{
    // Who may alter and drop the partitioned table must be able to do so with its partitions. A table can be given only to a role with the
    // CREATE right on the schema.
    private static readonly Query Owner = new(
        "partition.owner",
        "pg_class",
        """
        SELECT quote_ident(r.rolname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
        WHERE n.nspname = $1 AND c.relname = $2 AND r.rolname <> current_user AND has_schema_privilege(r.oid, n.oid, 'CREATE')
        """);

    /// <summary>The name of the partition that begins and ends at these times, in seconds since 1970.</summary>
    public static string NameOf(CopyTable table, long start, long end)
    {
        string form = start % 86_400 == 0 && end % 86_400 == 0 ? "yyyyMMdd" : "yyyyMMddHHmmss";
        return $"{table.Name}_p{DateTimeOffset.FromUnixTimeSeconds(start).ToString(form, CultureInfo.InvariantCulture)}";
    }

    /// <summary>Creates a table like a history table, without indexes, that belongs to the same role if possible.</summary>
    public static async Task CreateAsync(
        QueryRunner runner, string schema, CopyTable table, string name, CancellationToken cancellationToken)
    {
        string created = $"{{schema}}.{CopyTable.Quote(name)}";
        await ExecuteAsync(
            runner, $"CREATE TABLE {created} (LIKE {{schema}}.{CopyTable.Quote(table.Name)} INCLUDING ALL EXCLUDING INDEXES)",
            cancellationToken).ConfigureAwait(false);
        List<string> owner = await runner.ListAsync(
            Owner, SqlValues.Of(schema, table.Name), static reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
        if (owner is [{ } role])
            await ExecuteAsync(runner, $"ALTER TABLE {created} OWNER TO {role}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes it a partition. Needs no lock that blocks sessions which read or write rows.</summary>
    public static Task AttachAsync(
        QueryRunner runner, CopyTable table, string name, long start, long end, CancellationToken cancellationToken) => ExecuteAsync(
        runner,
        $"ALTER TABLE {{schema}}.{CopyTable.Quote(table.Name)} ATTACH PARTITION {{schema}}.{CopyTable.Quote(name)} FOR VALUES FROM "
            + $"('{Time(start)}') TO ('{Time(end)}')",
        cancellationToken);

    /// <summary>A time as SQL reads it in every session.</summary>
    /// <param name="seconds">Seconds since 1970.</param>
    public static string Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss'+00'", CultureInfo.InvariantCulture);

    private static Task ExecuteAsync(QueryRunner runner, string statement, CancellationToken cancellationToken) =>
        runner.ExecuteAsync(new Query("partition.ddl", "history", statement), [], cancellationToken);
}
