using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>What is expected of an archive.</summary>
public sealed record HistoryArchiveOptions
{
    /// <summary>Which ledgers end a checkpoint. Default: every 64th.</summary>
    public CheckpointSchedule Schedule { get; init; } = CheckpointSchedule.Default;

    /// <summary>The network that the archive must belong to; null to take the archive's word.</summary>
    public string? NetworkPassphrase { get; init; }

    /// <summary>
    /// The hash that the checkpoint's ledger header must have, from a source other than the archive. Without it an archive is proved to
    /// agree with itself, not with the network.
    /// </summary>
    /// <value>Default all zeros, which no header has: none is known. Not nullable: an empty value of a configuration file must not drop the
    /// check.</value>
    public Hash256 TrustedLedgerHash { get; init; }

    /// <summary>
    /// True reads checkpoints of protocols that are newer than <see cref="Xdr.StellarProtocols.Newest"/>, as long as every byte of them
    /// decodes by what is known. Nothing of the proof is left out. Whether a protocol gave known bytes a new meaning cannot be seen.
    /// </summary>
    /// <value>Default false: such a checkpoint is refused by its header.</value>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>
    /// Other archives, whose headers of the same checkpoint must end in the same hash. Nothing else is read from them. The caller owns
    /// them.
    /// </summary>
    /// <value>Default none.</value>
    public IReadOnlyList<IArchiveTransport> ConfirmWith { get; init; } = [];

    /// <summary>Longest time since the checkpoint's ledger closed; an older checkpoint is refused.</summary>
    /// <value>Default <see cref="Timeout.InfiniteTimeSpan"/>: no bound. Not nullable: an empty value of a configuration file must not drop
    /// the check.</value>
    public TimeSpan MaxAge { get; init; } = Timeout.InfiniteTimeSpan;
}
