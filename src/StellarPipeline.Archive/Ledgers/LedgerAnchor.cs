using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>The hash of a ledger that is known from elsewhere.</summary>
/// <remarks>
/// It proves that ledger and all before it that chain to it, and nothing after it: anybody can make ledgers that follow a true one.
/// </remarks>
/// <param name="Ledger">The ledger.</param>
/// <param name="Hash">SHA-256 of its header.</param>
/// <param name="Origin">Where it is known from: part of a sentence, such as "checkpoint 63 of https://…".</param>
public sealed record LedgerAnchor(uint Ledger, Hash256 Hash, string Origin)
{
    /// <summary>A hash that the user trusts.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="hash">SHA-256 of its header.</param>
    public static LedgerAnchor Trusted(uint ledger, Hash256 hash) => new(ledger, hash, "the trusted hash that was given");

    /// <summary>Finds what a history archive says about a range of ledgers.</summary>
    /// <remarks>
    /// Taken is the checkpoint that covers the last ledger, else the last one within the range that is published, else the one that covers
    /// the ledger before the first one, which anchors the start only. The checkpoint's headers are proved to chain; that the archive is
    /// honest is what the proof rests on then.
    /// </remarks>
    /// <param name="transport">The archive.</param>
    /// <param name="options">Its schedule, and whether a newer protocol is taken; null for the defaults.</param>
    /// <param name="first">The first ledger of the range.</param>
    /// <param name="last">The last ledger of the range.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The anchor.</returns>
    /// <exception cref="LedgerException">The archive has none of these checkpoints (code ANCHOR_MISSING).</exception>
    /// <exception cref="ArchiveException">The archive cannot be read or is damaged.</exception>
    public static async Task<LedgerAnchor> ReadAsync(
        IArchiveTransport transport, HistoryArchiveOptions? options, uint first, uint last, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        options ??= new HistoryArchiveOptions();
        foreach ((uint checkpoint, uint ledger) in Candidates(options.Schedule, first, last))
        {
            LedgerHeader? header =
                await LedgerHeaderChain.ReadAsync(transport, options, checkpoint, cancellationToken, ledger).ConfigureAwait(false);
            if (header is not null)
            {
                return new LedgerAnchor(ledger, header.Hash,
                    FormattableString.Invariant($"checkpoint {checkpoint} of the history archive {transport.Location}"));
            }
        }

        throw LedgerThrow.AnchorMissing(transport.Location, first, last);
    }

    // An archive publishes in order: where the newest is missing, the one before it is the likely one.
    private static IEnumerable<(uint Checkpoint, uint Ledger)> Candidates(CheckpointSchedule schedule, uint first, uint last)
    {
        const int maxSteps = 4;
        uint covering = schedule.Containing(last);
        yield return (covering, last);
        uint? before = schedule.Previous(covering);
        for (int step = 0; step < maxSteps && before is { } checkpoint && checkpoint >= first; step++)
        {
            yield return (checkpoint, checkpoint);
            before = schedule.Previous(checkpoint);
        }

        if (first > 1 && schedule.Containing(first - 1) is var start && start != covering)
            yield return (start, first - 1);
    }
}
