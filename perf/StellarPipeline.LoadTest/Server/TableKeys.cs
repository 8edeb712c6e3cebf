using Npgsql;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Server;

/// <summary>
/// Statements that drop and recreate all keys and indexes of the loaded tables, and the foreign keys that refer to them.
/// </summary>
internal sealed class TableKeys(IReadOnlyList<string> drop, IReadOnlyList<string> create)
{
    private const string Sql = """
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
               CASE contype WHEN 'f' THEN 0 ELSE 1 END AS place
        FROM pg_constraint
        WHERE contype IN ('p', 'u', 'f') AND (conrelid = ANY ($1::regclass[]) OR contype = 'f' AND confrelid = ANY ($1::regclass[]))
        UNION ALL
        SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 2
        FROM pg_index
        WHERE indrelid = ANY ($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p',
          'u'))
        ORDER BY place
        """;

    /// <summary>Statements that drop; foreign keys first.</summary>
    public IReadOnlyList<string> Drop => drop;

    /// <summary>Statements that recreate; foreign keys last.</summary>
    public IReadOnlyList<string> Create => create;

    /// <summary>Whether both describe the same keys and indexes, in any order.</summary>
    public bool IsSameAs(TableKeys other) => create.Order(StringComparer.Ordinal).SequenceEqual(other.Create.Order(StringComparer.Ordinal));

    public static async Task<TableKeys> ReadAsync(NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        var drop = new List<string>();
        var create = new List<string>();
        await using NpgsqlCommand command = connections.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter { Value = WalletTables.All.Select(table => table.QualifiedName).ToArray() });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            drop.Add(reader.GetString(0));
            create.Insert(0, reader.GetString(1));
        }

        return new TableKeys(drop, create);
    }
}
