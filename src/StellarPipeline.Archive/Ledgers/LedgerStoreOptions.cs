using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>How a data store is read.</summary>
public sealed record LedgerStoreOptions
{
    /// <summary>The passphrase of the network that the ledgers must belong to; null takes what the store says.</summary>
    public string? NetworkPassphrase { get; init; }

    /// <summary>Ledgers per object, for a store without a description (<c>.config.json</c>).</summary>
    /// <value>1 or more; null takes what the store says. A store that says something else is refused.</value>
    public uint? LedgersPerObject { get; init; }

    /// <summary>Objects per folder, for a store without a description.</summary>
    /// <value>1 or more; null takes what the store says. A store that says something else is refused.</value>
    public uint? ObjectsPerPartition { get; init; }

    /// <summary>Memory of what is read ahead and of what was given and not disposed.</summary>
    /// <value>Bytes, 1 MiB or more. Default 64 MiB: some 30 of today's ledgers. A single object that is larger is read all the same,
    /// alone.</value>
    public long BudgetBytes { get; init; } = 64L << 20;

    /// <summary>Objects that are fetched at the same time at most.</summary>
    /// <value>1 to 1,000. Default 32: at 50 ms for an answer that gives 640 objects a second.</value>
    public int MaxObjectsAhead { get; init; } = 32;

    /// <summary>Largest uncompressed object that is accepted.</summary>
    /// <value>Bytes, up to 1 GiB, which is the default: 64 of the densest ledgers of today's load tests have 250 MB.</value>
    public int MaxObjectBytes { get; init; } = LedgerFile.MaxContentBytes;

    /// <summary>Throws if any value is out of range; the error lists all of them.</summary>
    /// <exception cref="ArchiveException">At least one value is out of range (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(nameof(LedgersPerObject), LedgersPerObject ?? 1, 1, uint.MaxValue);
        check.Require(nameof(ObjectsPerPartition), ObjectsPerPartition ?? 1, 1, uint.MaxValue);
        check.Require(nameof(BudgetBytes), BudgetBytes, 1L << 20, long.MaxValue);
        check.Require(nameof(MaxObjectsAhead), MaxObjectsAhead, 1, 1000);
        check.Require(nameof(MaxObjectBytes), MaxObjectBytes, 1, LedgerFile.MaxContentBytes);
        check.ThrowIfAny();
    }
}
