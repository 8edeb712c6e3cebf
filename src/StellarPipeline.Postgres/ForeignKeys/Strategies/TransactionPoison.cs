using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Aborts a transaction whose load failed its checks, so that COMMIT becomes a rollback even if the caller ignores the exception.
/// </summary>
internal static class TransactionPoison
{
    public static async Task ApplyAsync(NpgsqlConnection connection)
    {
        try
        {
            const string Abort =
                "DO $$ BEGIN RAISE EXCEPTION 'the load failed its foreign-key checks: this transaction must not be committed'; END $$";
            await Sql.ExecuteAsync(connection, Abort, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException or IOException)
        {
            // As intended: the server has aborted the transaction, or the connection is lost, which also aborts it.
        }
    }
}
