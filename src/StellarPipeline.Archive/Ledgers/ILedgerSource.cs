namespace StellarPipeline.Archive.Ledgers;

/// <summary>A source of ledgers: a data store, a server, a stream, or files.</summary>
public interface ILedgerSource : IAsyncDisposable
{
    /// <summary>The location for messages, without secrets.</summary>
    string Location { get; }

    /// <summary>Reads consecutive ledgers, in order, without a gap.</summary>
    /// <remarks>
    /// The caller disposes every buffer. The bytes that are read ahead or not disposed yet are limited: if the caller's buffers leave no
    /// room for the next object, reading waits until some are disposed, possibly forever. Every ledger is complete and has the expected
    /// number; <see cref="LedgerVerifier"/> proves its hashes.
    /// </remarks>
    /// <param name="range">The ledgers. An open range ends at the end of the source.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The ledgers.</returns>
    /// <exception cref="LedgersMissingException">Ledgers are missing, but later ones exist.</exception>
    /// <exception cref="LedgersEndedException">The source ends before the last requested ledger.</exception>
    /// <exception cref="LedgerException">The source is damaged.</exception>
    /// <exception cref="ArchiveException">The source cannot be read.</exception>
    IAsyncEnumerable<LedgerBuffer> ReadAsync(LedgerRange range, CancellationToken cancellationToken = default);
}
