using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// Makes sure that only one process at a time follows a network into a database, with the lock that wallet-backend's ingestion takes too.
/// </summary>
/// <remarks>
/// A separate session holds the lock. It is probed before each transaction. If it is lost, it is taken again. Another process may have held
/// it in between; then the cursor shows that. For one caller at a time.
/// </remarks>
internal sealed class WriterLock(NpgsqlDataSource database, StellarNetwork network, bool standsBy, ILogger logger) : IAsyncDisposable
{
    private const int PatientTrials = 50;

    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));

    private readonly AdvisoryLock[] locks = [.. network.IngestLockKeys.Select(key => new AdvisoryLock(key, Meaning(network)))];
    private SessionLock? held;

    /// <summary>Takes the lock. Waits for it if the process stands by.</summary>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LiveException">Another session holds it, and the process does not stand by.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        for (int number = 1; held is null; number++)
        {
            (held, string? holder) = await SessionLock.TryTakeAsync(database, locks, cancellationToken).ConfigureAwait(false);
            if (held is not null) return;
            if (!standsBy) throw LiveThrow.LockHeld(Meaning(network), holder);
            if (number == 1) StellarLog.LiveStandsBy(logger, holder ?? "a session that is no longer visible");
            await Pauses.WaitAsync(number, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Checks before a transaction that the lock is held, and takes it again if it was lost.</summary>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="LiveException">It was lost, and another session holds it.</exception>
    /// <exception cref="DatabaseException">The server cannot be reached.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (held is not null)
        {
            if (await held.ProbeAsync(cancellationToken).ConfigureAwait(false) is not { } how) return;
            StellarLog.LiveLockLost(logger, how);
            await held.DisposeAsync().ConfigureAwait(false);
            held = null;
        }

        // The server may still be ending the lost session, which holds the lock until then.
        for (int number = 1; held is null; number++)
        {
            (held, string? holder) = await SessionLock.TryTakeAsync(database, locks, cancellationToken).ConfigureAwait(false);
            if (held is not null) return;
            if (number == PatientTrials) throw LiveThrow.LockLost(Meaning(network), $"{holder ?? "another session"} holds it.");
            await Pauses.WaitAsync(1, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Releases the lock.</summary>
    public async ValueTask DisposeAsync()
    {
        if (held is not null) await held.DisposeAsync().ConfigureAwait(false);
        held = null;
    }

    private static string Meaning(StellarNetwork network) => $"ingestion of {network.Name}";
}
