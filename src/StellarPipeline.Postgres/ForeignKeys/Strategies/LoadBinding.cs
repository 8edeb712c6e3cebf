using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Binds a strategy to one connection and one transaction. Its settings and locks end with that transaction and do not protect any other.
/// </summary>
internal sealed class LoadBinding(string strategy)
{
    private NpgsqlConnection? connection;
    private ulong transactionId;
    private bool ended;

    /// <summary>Binds to the connection's open transaction and assigns a transaction id to it.</summary>
    public async Task BindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (this.connection is not null)
            ForeignKeyThrow.StrategyUsedTwice(strategy);
        await RequireTransactionAsync(connection, cancellationToken).ConfigureAwait(false);
        Bind(connection, await TransactionIdAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Binds to an open transaction with a known id.</summary>
    public void Bind(NpgsqlConnection connection, ulong transactionId)
    {
        if (this.connection is not null)
            ForeignKeyThrow.StrategyUsedTwice(strategy);
        (this.connection, this.transactionId) = (connection, transactionId);
    }

    /// <summary>Throws if the connection is not the bound one. Makes no round trip, so it can run before every batch.</summary>
    public void RequireSameConnection(NpgsqlConnection connection)
    {
        if (this.connection is null || ended)
            ForeignKeyThrow.StrategyNotStarted(strategy);
        if (!ReferenceEquals(this.connection, connection))
            ForeignKeyThrow.OtherConnection(strategy);
    }

    /// <summary>Asks the server whether the transaction is still the bound one, and ends the binding.</summary>
    public async Task EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        ulong bound = End(connection);
        if (await TransactionIdAsync(connection, cancellationToken).ConfigureAwait(false) != bound)
            ForeignKeyThrow.OtherTransaction(strategy);
    }

    /// <summary>Ends the binding. The caller asks the server whether the transaction is still the bound one.</summary>
    /// <returns>The id of the bound transaction.</returns>
    public ulong End(NpgsqlConnection connection)
    {
        RequireSameConnection(connection);
        ended = true;
        return transactionId;
    }

    private async Task RequireTransactionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // The server refuses SAVEPOINT outside a transaction block, and only there. It costs nothing and leaves nothing behind.
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
