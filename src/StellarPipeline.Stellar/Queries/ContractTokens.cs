using Npgsql;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table contract_tokens.</summary>
public sealed class ContractTokens
{
    private const string Table = "contract_tokens";
    private const string Columns = "p.id, p.contract_id, p.type, p.code, p.issuer, p.name, p.symbol, p.decimals";

    // By the unique index on contract_id.
    private static readonly Query Existing = new(
        "contract_tokens.get_existing",
        Table,
        $$"""SELECT {{Columns}} FROM {schema}."contract_tokens" AS p WHERE p.contract_id = ANY ($1)""");

    // No index covers the asset, and at most one of some ten thousand rows has it: the whole table is read.
    private static readonly Query ByAsset = new(
        "contract_tokens.by_asset",
        Table,
        $$"""SELECT {{Columns}} FROM {schema}."contract_tokens" AS p WHERE p.code = $1 AND p.issuer = $2 LIMIT 1""");

    private readonly QueryRunner runner;

    internal ContractTokens(QueryRunner runner) => this.runner = runner;

    /// <summary>The tokens of contracts.</summary>
    /// <param name="contracts">Addresses (C…).</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The tokens by address. Contracts without a row are missing.</returns>
    public Task<IReadOnlyDictionary<string, ContractTokenRow>> GetExistingAsync(
        IEnumerable<string> contracts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contracts);
        var arguments = new Arguments();
        arguments.Add([.. contracts.Distinct()]);
        return runner.RunAsync<IReadOnlyDictionary<string, ContractTokenRow>>(Existing, arguments.Values, async (reader, token) =>
        {
            var rows = new Dictionary<string, ContractTokenRow>(StringComparer.Ordinal);
            while (await reader.ReadAsync(token).ConfigureAwait(false))
            {
                ContractTokenRow row = Read(reader, 0);
                rows.Add(row.Contract, row);
            }

            return rows;
        }, cancellationToken);
    }

    /// <summary>The contract of an asset.</summary>
    /// <param name="code">Code of the asset.</param>
    /// <param name="issuer">Its issuer (G…).</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The token; null if there is no row for it.</returns>
    public Task<ContractTokenRow?> GetByAssetAsync(string code, string issuer, CancellationToken cancellationToken = default)
    {
        var arguments = new Arguments();
        arguments.Add(code);
        arguments.Add(issuer);
        return runner.RunAsync(ByAsset, arguments.Values,
            async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false) ? Read(reader, 0) : null, cancellationToken);
    }

    /// <summary>Reads a row.</summary>
    internal static ContractTokenRow Read(NpgsqlDataReader reader, int first) => new(
        reader.GetGuid(first), reader.GetString(first + 1), reader.GetString(first + 2), Text(reader, first + 3), Text(reader, first + 4),
        Text(reader, first + 5),
        Text(reader, first + 6), reader.GetInt32(first + 7));

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
