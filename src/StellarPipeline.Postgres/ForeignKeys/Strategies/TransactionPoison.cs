using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// Aborts a transaction whose load failed its checks, so that a COMMIT by a caller who swallows the exception becomes a ROLLBACK.
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
            // What was wanted: the server has aborted the transaction, now or before, or the connection is gone, which aborts it too.
        }
    }
}
