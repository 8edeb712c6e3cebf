using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// Makes sure that one process at a time follows a network into a database: the lock that wallet-backend's ingestion takes too.
/// </summary>
/// <remarks>
/// The lock is on a session of its own and is probed before each transaction. When it is lost it is taken again, which another process may
/// have done before; the cursor then tells. For one caller at a time.
/// </remarks>
internal sealed class WriterLock(NpgsqlDataSource database, StellarNetwork network, bool standsBy, ILogger logger) : IAsyncDisposable
{
    private const int PatientTrials = 50;

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));

    private readonly AdvisoryLock[] locks = [.. network.IngestLockKeys.Select(key => new AdvisoryLock(key, Meaning(network)))];
    private SessionLock? held;

    /// <summary>Takes the lock; waits for it where the process stands by.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LiveException">Another session has it.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        for (int number = 1; held is null; number++)
        {
            (held, string? holder) = await SessionLock.TryTakeAsync(database, locks, cancellationToken).ConfigureAwait(false);
            if (held is not null) return;
            if (!standsBy) throw LiveThrow.LockHeld(Meaning(network), holder);
            if (number == 1) StellarLog.LiveStandsBy(logger, holder ?? "a session that cannot be seen any more");
            await Pauses.WaitAsync(number, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes sure that the lock is held, before a transaction.</summary>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="LiveException">It was lost, and another session has it now.</exception>
    /// <exception cref="DatabaseException">The server cannot be asked.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (held is not null)
        {
            if (await held.ProbeAsync(cancellationToken).ConfigureAwait(false) is not { } how) return;
            StellarLog.LiveLockLost(logger, how);
            await held.DisposeAsync().ConfigureAwait(false);
            held = null;
        }

        // The server may still be ending the lost session, which has the lock until then.
        for (int number = 1; held is null; number++)
        {
            (held, string? holder) = await SessionLock.TryTakeAsync(database, locks, cancellationToken).ConfigureAwait(false);
            if (held is not null) return;
            if (number == PatientTrials) throw LiveThrow.LockLost(Meaning(network), $"now {holder ?? "another session"} has it.");
            await Pauses.WaitAsync(1, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (held is not null) await held.DisposeAsync().ConfigureAwait(false);
        held = null;
    }

    private static string Meaning(StellarNetwork network) => $"ingestion of {network.Name}";
}
