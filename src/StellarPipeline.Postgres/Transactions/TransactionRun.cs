using System.Diagnostics;
using Npgsql;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>The one way to do something small in a transaction of its own: it is committed whole, or nothing of it stays.</summary>
/// <remarks>
/// The work's first error is the one that is thrown, whatever else goes wrong while the transaction is rolled back. How transactions end is
/// counted: <c>transaction.duration</c> with the tag <c>outcome</c>.
/// </remarks>
public static class TransactionRun
{
    /// <summary>Runs work in a transaction.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="database">Where to connect; stays the caller's.</param>
    /// <param name="name">What is done, as the beginning of a sentence of errors: "The look at the cursor". One of few: it is a tag.</param>
    /// <param name="work">The work; it neither commits nor rolls back.</param>
    /// <param name="options">Settings and locks; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work, not a COMMIT that is out.</param>
    /// <returns>What the work gave, after COMMIT.</returns>
    /// <exception cref="DatabaseException">The server refused a statement or could not be reached; nothing of it stays, unless
    /// <see cref="DatabaseException.OutcomeIsUnknown"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing of it stays.</exception>
    public static async Task<T> RunAsync<T>(
        NpgsqlDataSource database, string name, Func<LoadTransaction, Task<T>> work, LoadTransactionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        long began = Stopwatch.GetTimestamp();
        try
        {
            LoadTransaction transaction = await LoadTransaction.OpenAsync(database, options, cancellationToken).ConfigureAwait(false);
            T result = default!;
            // Rolls back whatever was not committed. What fails meanwhile is no news: the connection's end rolls back too.
            await using (transaction.ConfigureAwait(false))
            {
                await transaction.GuardAsync(
                    name, async () => result = await work(transaction).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync().ConfigureAwait(false);
            }

            PostgresTelemetry.CountTransaction(name, Stopwatch.GetElapsedTime(began), null);
            return result;
        }
        catch (Exception error)
        {
            PostgresTelemetry.CountTransaction(name, Stopwatch.GetElapsedTime(began), error);
            throw;
        }
    }
}
