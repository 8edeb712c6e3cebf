using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
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

    /// <summary>A folder for copies of the objects that come from a server, so that a later run does not fetch them again.</summary>
    /// <value>A folder, which is made when the first copy is written; several processes may share it. Default null: no copies are kept. A
    /// store in a folder is never copied.</value>
    public string? CopyFolder { get; init; }

    /// <summary>
    /// Most bytes of copies in <see cref="CopyFolder"/>; those that were not used for the longest time are removed first.
    /// </summary>
    /// <value>Bytes, 1 MiB or more. Default 50 GiB. A sixteenth of it more may be held for a short time, and as much again for each other
    /// process.</value>
    public long MaxCopyBytes { get; init; } = 50L << 30;

    /// <summary>Where removed copies are told, as events 3106 to 3108.</summary>
    /// <value>Default: nowhere.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Refuses values that are out of bounds, all of them at once.</summary>
    /// <exception cref="ArchiveException">At least one value is out of bounds (kind usage, code OPTIONS).</exception>
    public void Validate()
    {
        var check = new OptionsCheck();
        check.Require(nameof(LedgersPerObject), LedgersPerObject ?? 1, 1, uint.MaxValue);
        check.Require(nameof(ObjectsPerPartition), ObjectsPerPartition ?? 1, 1, uint.MaxValue);
        check.Require(nameof(BudgetBytes), BudgetBytes, 1L << 20, long.MaxValue);
        check.Require(nameof(MaxObjectsAhead), MaxObjectsAhead, 1, 1000);
        check.Require(nameof(MaxObjectBytes), MaxObjectBytes, 1, LedgerFile.MaxContentBytes);
        check.Require(nameof(MaxCopyBytes), MaxCopyBytes, 1L << 20, long.MaxValue);
        check.Require(CopyFolder is not { Length: 0 }, $"{nameof(CopyFolder)} is empty; it must be a folder");
        check.ThrowIfAny();
    }
}
