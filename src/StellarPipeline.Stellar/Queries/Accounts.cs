using Npgsql;

namespace StellarPipeline.Stellar.Queries;

/// <summary>Participants of transactions and operations, and channel accounts.</summary>
public sealed class Accounts
{
    // By the primary key.
    private static readonly Query FeeBump = new(
        "accounts.is_fee_bump_eligible", "channel_accounts",
        "SELECT EXISTS (SELECT FROM {schema}.\"channel_accounts\" WHERE public_key = $1)");

    private readonly QueryRunner runner;
    private readonly Transactions transactions;
    private readonly Operations operations;

    internal Accounts(QueryRunner runner, Transactions transactions, Operations operations)
    {
        this.runner = runner;
        this.transactions = transactions;
        this.operations = operations;
    }

    /// <summary>
    /// Whether transactions of an account may be wrapped in a fee bump: whether it is a channel account. Needs the table channel_accounts,
    /// which only older versions of wallet-backend have.
    /// </summary>
    /// <param name="account">The account.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>True if the account is in the table.</returns>
    public Task<bool> IsAccountFeeBumpEligibleAsync(StellarAddress account, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        var arguments = new Arguments();
        arguments.Add(account.Text);
        return runner.RunAsync(FeeBump, arguments.Values, FirstAsync, cancellationToken);
    }

    /// <summary>The accounts and contracts that take part in transactions.</summary>
    /// <param name="toIds">Ids of transactions, with close times if known.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Sorted addresses by transaction. Transactions without participants are missing.</returns>
    public async Task<IReadOnlyDictionary<long, IReadOnlyList<string>>> GetByToIdsAsync(
        IEnumerable<EventKey> toIds, CancellationToken cancellationToken = default) =>
            await transactions.ParticipantsAsync(toIds, cancellationToken).ConfigureAwait(false);

    /// <summary>The accounts and contracts that take part in operations.</summary>
    /// <param name="operationIds">Ids of operations, with close times if known.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Sorted addresses by operation. Operations without participants are missing.</returns>
    public async Task<IReadOnlyDictionary<long, IReadOnlyList<string>>> GetByOperationIdsAsync(
        IEnumerable<EventKey> operationIds, CancellationToken cancellationToken = default) =>
            await operations.ParticipantsAsync(operationIds, cancellationToken).ConfigureAwait(false);

    private static async Task<bool> FirstAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.GetBoolean(0);
}
