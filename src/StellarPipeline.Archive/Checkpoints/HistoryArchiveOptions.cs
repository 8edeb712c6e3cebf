using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>What is expected of an archive.</summary>
public sealed record HistoryArchiveOptions
{
    /// <summary>Which ledgers end a checkpoint. Default: every 64th.</summary>
    public CheckpointSchedule Schedule { get; init; } = CheckpointSchedule.Default;

    /// <summary>Passphrase of the network that the archive must belong to; null to accept any network.</summary>
    public string? NetworkPassphrase { get; init; }

    /// <summary>
    /// The hash that the checkpoint's ledger header must have, from a source other than the archive. Without it, an archive is proved to be
    /// consistent, but not to belong to the network.
    /// </summary>
    /// <value>Default all zeros, which no header has: no hash is known. Not nullable: an empty value in a configuration file must not
    /// disable the check.</value>
    public Hash256 TrustedLedgerHash { get; init; }

    /// <summary>
    /// True reads checkpoints of protocols newer than <see cref="Xdr.StellarProtocols.Newest"/>, as long as every byte decodes by the known
    /// rules. The proof stays complete. Whether such a protocol gives known bytes a new meaning cannot be detected.
    /// </summary>
    /// <value>Default false: such a checkpoint is an error.</value>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>
    /// Other archives, whose headers of the same checkpoint must end in the same hash. Only their headers are read. The caller owns them.
    /// </summary>
    /// <value>Default none.</value>
    public IReadOnlyList<IArchiveTransport> ConfirmWith { get; init; } = [];

    /// <summary>Maximum time since the checkpoint's ledger closed; an older checkpoint is an error.</summary>
    /// <value>Default <see cref="Timeout.InfiniteTimeSpan"/>: no limit. Not nullable: an empty value in a configuration file must not
    /// disable the check.</value>
    public TimeSpan MaxAge { get; init; } = Timeout.InfiniteTimeSpan;
}
