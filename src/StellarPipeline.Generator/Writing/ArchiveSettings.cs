using System.IO.Compression;

namespace StellarPipeline.Generator.Writing;

/// <summary>What an archive with one checkpoint says about itself, apart from its buckets.</summary>
public sealed record ArchiveSettings
{
    /// <summary>
    /// The ledger that the checkpoint ends with: (ledger + 1) is divisible by <see cref="CheckpointFrequency"/> in sound archives.
    /// </summary>
    public uint CheckpointLedger { get; init; } = 63;

    /// <summary>Ledgers per checkpoint: 64, or 8 for accelerated networks.</summary>
    public uint CheckpointFrequency { get; init; } = 64;

    /// <summary>The protocol of the checkpoint's ledger. From 23 on the state file has version 2 and a hot archive.</summary>
    public uint Protocol { get; init; } = 25;

    /// <summary>The network passphrase; null leaves it out of the state file.</summary>
    public string? Passphrase { get; init; } = "Standalone Network ; February 2017";

    /// <summary>The name of the writing program in the state file.</summary>
    public string Server { get; init; } = "stellar-pipeline archive generator";

    /// <summary>
    /// The ledger that upgrades the network to <see cref="Protocol"/> from the protocol before it; the ledgers before it have that one.
    /// Null: all have <see cref="Protocol"/>.
    /// </summary>
    public uint? UpgradeLedger { get; init; }

    /// <summary>
    /// True gives each header's StellarValue the SIGNED arm, which there is since protocol 14, false the BASIC one. Ledgers after one of
    /// protocol 30 have milliseconds and are signed in any case; ledger 1 never is.
    /// </summary>
    public bool SignedValues { get; init; } = true;

    /// <summary>True drops the transaction set of some ledgers, where the protocol has that: StellarValue arms 2 and 4.</summary>
    public bool DroppedSets { get; init; }

    /// <summary>Base reserve in the headers, stroops.</summary>
    public uint BaseReserve { get; init; } = 5_000_000;

    /// <summary>How hard to compress.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>Changes a header before it is hashed and linked: called with the header's ledger and fields, first ledger first.</summary>
    public Action<uint, LedgerHeaderFields>? EditHeader { get; init; }

    /// <summary>The first ledger in the checkpoint's ledger file: 1 for the first checkpoint, which has no ledger 0.</summary>
    public uint FirstLedger => CheckpointLedger < CheckpointFrequency ? 1 : CheckpointLedger - CheckpointFrequency + 1;
}
