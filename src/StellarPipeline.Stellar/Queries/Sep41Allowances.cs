using Npgsql;
using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table sep41_allowances.</summary>
public sealed class Sep41Allowances
{
    // Uses the primary key (owner_id, spender_id, contract_id) in its order. Allowances that have expired by the newest ledger in the
    // tables are left out; that ledger is read in the same statement, so in the same snapshot.
    private static readonly Query ByOwner = new(
        "sep41_allowances.by_owner",
        "sep41_allowances",
        """
        SELECT b.owner_id, b.spender_id, b.amount::text, b.expiration_ledger, b.last_modified_ledger, p.id, p.contract_id, p.type, p.code,
          p.issuer, p.name, p.symbol, p.decimals
        FROM (
            SELECT * FROM {schema}."sep41_allowances" AS b
            WHERE b.owner_id = $1
                AND b.expiration_ledger >= coalesce((SELECT s.value::int8 FROM {schema}."ingest_store" AS s WHERE s.key =
                  'latest_ingest_ledger'), 0)
            ORDER BY b.spender_id, b.contract_id
            LIMIT $2
        ) AS b
        LEFT JOIN LATERAL (
            SELECT * FROM {schema}."contract_tokens" AS p
            WHERE p.id = b.contract_id
            OFFSET 0
        ) AS p ON true
        ORDER BY b.spender_id, b.contract_id
        """);

    private readonly QueryRunner runner;

    internal Sep41Allowances(QueryRunner runner) => this.runner = runner;

    /// <summary>The allowances on an owner's tokens, as of the newest ledger in the tables.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The allowances that have not expired.</returns>
    public Task<IReadOnlyList<Sep41AllowanceRow>> GetByOwnerAsync(
        StellarAddress owner, int limit = 1000, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var arguments = new Arguments();
        arguments.Add(owner.Stored);
        arguments.Add((long)limit);
        return runner.RunAsync<IReadOnlyList<Sep41AllowanceRow>>(ByOwner, arguments.Values, async (reader, token) =>
        {
            var rows = new List<Sep41AllowanceRow>();
            while (await reader.ReadAsync(token).ConfigureAwait(false)) rows.Add(Read(reader));
            return rows;
        }, cancellationToken);
    }

    private static Sep41AllowanceRow Read(NpgsqlDataReader reader) => new(
        FieldText.Address(reader, 0), FieldText.Address(reader, 1), ContractTokens.Read(reader, 5), FieldText.Integer(reader, 2),
        reader.GetInt32(3), reader.GetInt32(4));
}
