using StellarPipeline.Stellar.Queries.Rows;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Reads the table native_balances.</summary>
public sealed class NativeBalances
{
    // By the primary key.
    private static readonly Query ByAccount = new(
        "native_balances.by_account",
        "native_balances",
        """
        SELECT account_id, balance, minimum_balance, buying_liabilities, selling_liabilities, num_subentries, last_modified_ledger
        FROM {schema}."native_balances"
        WHERE account_id = $1
        """);

    private readonly QueryRunner runner;

    internal NativeBalances(QueryRunner runner) => this.runner = runner;

    /// <summary>The native balance of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The balance; null if there is no row for the account.</returns>
    public Task<NativeBalanceRow?> GetByAccountAsync(StellarAddress account, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        var arguments = new Arguments();
        arguments.Add(account.Stored);
        return runner.RunAsync(ByAccount, arguments.Values, async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false)
            ? new NativeBalanceRow(
                FieldText.Address(reader, 0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
                reader.GetInt32(5), reader.GetInt64(6))
            : null, cancellationToken);
    }
}
