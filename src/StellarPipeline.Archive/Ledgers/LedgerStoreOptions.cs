using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>How a data store is read.</summary>
public sealed record LedgerStoreOptions
{
    /// <summary>Passphrase of the network that the ledgers must belong to; null accepts the store's.</summary>
    public string? NetworkPassphrase { get; init; }

    /// <summary>Ledgers per object, for a store without a configuration file (<c>.config.json</c>).</summary>
    /// <value>1 or more; null uses the store's value. A different value in the store is an error.</value>
    public uint? LedgersPerObject { get; init; }

    /// <summary>Objects per folder, for a store without a configuration file.</summary>
    /// <value>1 or more; null uses the store's value. A different value in the store is an error.</value>
    public uint? ObjectsPerPartition { get; init; }

    /// <summary>Limit for the memory of ledgers that are read ahead or not yet disposed.</summary>
    /// <value>Bytes, 1 MiB or more. Default 64 MiB, about 30 ledgers of today's size. A single larger object is read alone.</value>
    public long BudgetBytes { get; init; } = 64L << 20;

    /// <summary>Maximum number of objects that are fetched at the same time.</summary>
    /// <value>1 to 1,000. Default 32: with 50 ms per response, that is 640 objects per second.</value>
    public int MaxObjectsAhead { get; init; } = 32;

    /// <summary>Size limit of an uncompressed object.</summary>
    /// <value>Bytes, up to 1 GiB, which is the default: 64 of the densest ledgers of current load tests have 250 MB.</value>
    public int MaxObjectBytes { get; init; } = LedgerFile.MaxContentBytes;

    /// <summary>Folder for copies of objects from a server, so that a later run does not fetch them again.</summary>
    /// <value>A folder, which is created with the first copy. Several processes may share it. Default null: no copies are kept. A store in
    /// a local folder is never copied.</value>
    public string? CopyFolder { get; init; }

    /// <summary>Size limit of all copies in <see cref="CopyFolder"/>; the least recently used ones are removed first.</summary>
    /// <value>Bytes, 1 MiB or more. Default 50 GiB. Each process may exceed it by a sixteenth for a short time.</value>
    public long MaxCopyBytes { get; init; } = 50L << 30;

    /// <summary>Receives events 3106 to 3108, about removed copies.</summary>
    /// <value>Default: no log.</value>
    public ILogger Logger { get; init; } = NullLogger.Instance;

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
        check.Require(nameof(MaxCopyBytes), MaxCopyBytes, 1L << 20, long.MaxValue);
        check.Require(CopyFolder is not { Length: 0 }, $"{nameof(CopyFolder)} is empty; it must be a folder");
        check.ThrowIfAny();
    }
}
