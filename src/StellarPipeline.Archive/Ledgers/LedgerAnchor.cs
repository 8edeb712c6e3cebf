using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A ledger's hash that is known from another source.</summary>
/// <remarks>
/// It proves that ledger and all earlier ledgers that chain to it, but no later ones: anyone can create ledgers that follow a true one.
/// </remarks>
/// <param name="Ledger">The ledger.</param>
/// <param name="Hash">SHA-256 of its header.</param>
/// <param name="Origin">The source of the hash, as part of a sentence, such as "checkpoint 63 of https://…".</param>
public sealed record LedgerAnchor(uint Ledger, Hash256 Hash, string Origin)
{
    /// <summary>A hash that the user trusts.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="hash">SHA-256 of its header.</param>
    public static LedgerAnchor Trusted(uint ledger, Hash256 hash) => new(ledger, hash, "the trusted hash that was given");

    /// <summary>Finds an anchor for a range of ledgers in a history archive.</summary>
    /// <remarks>
    /// The archive is asked for the checkpoint that covers the last ledger, then for up to four checkpoints before it within the range,
    /// then for the one that covers the ledger before the first one, which anchors only the start. The checkpoint's headers are proved to
    /// chain; the proof then rests on the honesty of the archive.
    /// </remarks>
    /// <param name="transport">The archive.</param>
    /// <param name="options">Its schedule, and whether newer protocols are accepted; null for the defaults.</param>
    /// <param name="first">The first ledger of the range.</param>
    /// <param name="last">The last ledger of the range.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The anchor.</returns>
    /// <exception cref="LedgerException">The archive contains none of these checkpoints (code ANCHOR_MISSING).</exception>
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

    // An archive publishes in order: if the newest checkpoint is missing, the one before it is likely to exist.
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
