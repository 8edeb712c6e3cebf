namespace StellarPipeline.Archive.Ledgers;

/// <summary>A place that ledgers are read from: a data store, a stream, files.</summary>
public interface ILedgerSource : IAsyncDisposable
{
    /// <summary>Where it is, for people: without secrets.</summary>
    string Location { get; }

    /// <summary>Reads consecutive ledgers, in order, without a gap.</summary>
    /// <remarks>
    /// The caller disposes every buffer. What is read ahead and what was given and not disposed yet is bounded in bytes: where what the
    /// caller keeps leaves no room for the next object, it is waited for, for ever if the caller gives nothing back meanwhile. Every ledger
    /// is whole and is the one that its place says; that its hashes are true is proved by <see cref="LedgerVerifier"/>.
    /// </remarks>
    /// <param name="range">The ledgers. Where it is open, the source's end ends it.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The ledgers.</returns>
    /// <exception cref="LedgersMissingException">Ledgers are missing before others that are there.</exception>
    /// <exception cref="LedgersEndedException">The source ends before the last ledger that was asked for.</exception>
    /// <exception cref="LedgerException">The source is damaged.</exception>
    /// <exception cref="ArchiveException">The source cannot be read.</exception>
    IAsyncEnumerable<LedgerBuffer> ReadAsync(LedgerRange range, CancellationToken cancellationToken = default);
}
