using System.Globalization;
using Npgsql;
using StellarPipeline.LoadTest.Data;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.LoadTest.Server;

/// <summary>
/// Checks after each measurement that every table has the number of rows that the generator computed, and the same content as after the
/// first measurement.
/// </summary>
/// <remarks>
/// The counts are from the generator and independent of the loader. Keys make all rows distinct, so that no two rows cancel out in the
/// checksum.
/// </remarks>
internal sealed class TableVerifier(DatasetFacts facts)
{
    private const int HashVersion = 14;
    private Dictionary<string, TableContent>? reference;

    /// <summary>The layer with whose tables the others are compared; null before the first check.</summary>
    public string? Reference { get; private set; }

    /// <summary>Number of checked measurements.</summary>
    public int Checks { get; private set; }

    /// <summary>Reads and compares all tables.</summary>
    /// <exception cref="LoadTestException">A table has other rows.</exception>
    public async Task VerifyAsync(string layer, NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, TableContent>();
        foreach (CopyTable table in WalletTables.All) found.Add(table.Name, await ReadAsync(connections, table, cancellationToken));
        foreach ((string table, TableContent content) in found)
        {
            if (content.Rows != facts.ExpectedRows[table])
            {
                throw LoadTestException.Failed(
                    string.Create(CultureInfo.InvariantCulture,
                        $"After layer {layer}, table {table} has {content.Rows:N0} rows; the generator computed "
                                + $"{facts.ExpectedRows[table]:N0}. If the encoder changed, generate the kept rows again with --fresh."));
            }

            if (reference is not null && reference[table] != content)
            {
                throw LoadTestException.Failed(
                    $"After layer {layer}, the rows of table {table} differ from those after layer {Reference}. If the encoder changed, "
                        + $"generate the kept rows again with --fresh.");
            }
        }

        reference ??= found;
        Reference ??= layer;
        Checks++;
    }

    private static async Task<TableContent> ReadAsync(NpgsqlDataSource connections, CopyTable table, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await connections.OpenConnectionAsync(cancellationToken);
        string hash = connection.PostgreSqlVersion.Major >= HashVersion
            ? $"bit_xor(hash_record_extended(ROW({table.ColumnList}), 0))"
            : $"sum(hashtextextended(ROW({table.ColumnList})::text, 0) % 1000000007)::bigint";
#pragma warning disable CA2100 // Only constants and quoted identifiers.
        await using var command = new NpgsqlCommand($"SELECT count(*), coalesce({hash}, 0) FROM {table.QualifiedName}", connection);
#pragma warning restore CA2100
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new TableContent(reader.GetInt64(0), reader.GetInt64(1));
    }
}
