using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Holds a strategy to one connection and one transaction: its settings and locks end with that transaction, so elsewhere it would protect
/// nothing.
/// </summary>
internal sealed class LoadBinding(string strategy)
{
    private NpgsqlConnection? connection;
    private ulong transactionId;
    private bool ended;

    /// <summary>Binds to the connection's open transaction and gives that transaction its id.</summary>
    public async Task BindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (this.connection is not null)
            ForeignKeyThrow.StrategyUsedTwice(strategy);
        await RequireTransactionAsync(connection, cancellationToken).ConfigureAwait(false);
        Bind(connection, await TransactionIdAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Binds to a transaction that is known to be open, and whose id is known.</summary>
    public void Bind(NpgsqlConnection connection, ulong transactionId)
    {
        if (this.connection is not null)
            ForeignKeyThrow.StrategyUsedTwice(strategy);
        (this.connection, this.transactionId) = (connection, transactionId);
    }

    /// <summary>Cheap: no round trip, so that it can run before every batch.</summary>
    public void RequireSameConnection(NpgsqlConnection connection)
    {
        if (this.connection is null || ended)
            ForeignKeyThrow.StrategyNotStarted(strategy);
        if (!ReferenceEquals(this.connection, connection))
            ForeignKeyThrow.OtherConnection(strategy);
    }

    /// <summary>Asks the server whether the transaction is still the one of the start, and ends the binding.</summary>
    public async Task EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        RequireSameConnection(connection);
        ended = true;
        if (await TransactionIdAsync(connection, cancellationToken).ConfigureAwait(false) != this.transactionId)
            ForeignKeyThrow.OtherTransaction(strategy);
    }

    private async Task RequireTransactionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // SAVEPOINT is refused outside a transaction block, and only there; it costs nothing and leaves nothing.
            await Sql.ExecuteAsync(connection, "SAVEPOINT load_binding", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.NoActiveSqlTransaction)
        {
            ForeignKeyThrow.NoTransaction(strategy, error);
        }

        await Sql.ExecuteAsync(connection, "RELEASE SAVEPOINT load_binding", cancellationToken).ConfigureAwait(false);
    }

    private static Task<ulong> TransactionIdAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Sql.ScalarAsync<ulong>(connection, "SELECT pg_catalog.pg_current_xact_id()", cancellationToken);
}
