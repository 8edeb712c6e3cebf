using System.IO.Compression;

namespace StellarPipeline.Generator.Writing;

/// <summary>The settings of an archive with one checkpoint, apart from its buckets.</summary>
public sealed record ArchiveSettings
{
    /// <summary>
    /// The last ledger of the checkpoint; in valid archives (ledger + 1) is divisible by <see cref="CheckpointFrequency"/>. Default 63.
    /// </summary>
    public uint CheckpointLedger { get; init; } = 63;

    /// <summary>Ledgers per checkpoint: 64, or 8 for accelerated networks. Default 64.</summary>
    public uint CheckpointFrequency { get; init; } = 64;

    /// <summary>The protocol of the checkpoint's ledger. From 23 on, the state file has version 2 and a hot archive. Default 25.</summary>
    public uint Protocol { get; init; } = 25;

    /// <summary>The network passphrase; null omits it from the state file.</summary>
    public string? Passphrase { get; init; } = "Standalone Network ; February 2017";

    /// <summary>The name of the program that wrote the archive, in the state file.</summary>
    public string Server { get; init; } = "stellar-pipeline archive generator";

    /// <summary>
    /// The ledger that upgrades the network from the previous protocol to <see cref="Protocol"/>; earlier ledgers have the previous one.
    /// Null: all ledgers have <see cref="Protocol"/>.
    /// </summary>
    public uint? UpgradeLedger { get; init; }

    /// <summary>
    /// True (default) gives each header's StellarValue the SIGNED arm, which exists since protocol 14, false the BASIC arm. Ledgers whose
    /// previous ledger has protocol 30 have milliseconds and are always signed; ledger 1 never is.
    /// </summary>
    public bool SignedValues { get; init; } = true;

    /// <summary>True drops the transaction set of some ledgers, if the protocol allows it: StellarValue arms 2 and 4.</summary>
    public bool DroppedSets { get; init; }

    /// <summary>Base reserve in the headers, stroops.</summary>
    public uint BaseReserve { get; init; } = 5_000_000;

    /// <summary>The gzip compression level.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>Changes a header before it is hashed and linked; called with ledger and fields, in the order of the ledgers.</summary>
    public Action<uint, LedgerHeaderFields>? EditHeader { get; init; }

    /// <summary>The first ledger in the checkpoint's ledger file: 1 for the first checkpoint, which has no ledger 0.</summary>
    public uint FirstLedger => CheckpointLedger < CheckpointFrequency ? 1 : CheckpointLedger - CheckpointFrequency + 1;
}
