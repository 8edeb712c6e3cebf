using System.Diagnostics;
using Npgsql;

namespace StellarPipeline.Postgres.Transactions;

/// <summary>Runs a small piece of work in its own transaction, which is committed completely or not at all.</summary>
/// <remarks>
/// The first error of the work is thrown, even if the rollback fails, too. The metric <c>transaction.duration</c> with the tag
/// <c>outcome</c> counts how transactions end.
/// </remarks>
public static class TransactionRun
{
    /// <summary>Runs work in a transaction.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="database">The database; the caller disposes it.</param>
    /// <param name="name">
    /// What is done, as the beginning of an error message: "The look at the cursor". Use few different names, because it is a metric tag.
    /// </param>
    /// <param name="work">The work; it must neither commit nor roll back.</param>
    /// <param name="options">Settings and locks; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work, but not a COMMIT that was sent.</param>
    /// <returns>The result of the work, after COMMIT.</returns>
    /// <exception cref="DatabaseException">The server refused a statement or could not be reached; nothing is stored, unless
    /// <see cref="DatabaseException.OutcomeIsUnknown"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; nothing is stored.</exception>
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
