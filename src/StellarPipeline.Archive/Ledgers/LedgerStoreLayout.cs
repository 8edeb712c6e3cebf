using System.Globalization;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Computes which object of a data store contains a ledger, and its name.</summary>
/// <remarks>
/// SEP-54, "Key Format". A name begins with 2³² − 1 minus the first ledger, so that newer ledgers sort first. All values are computed in 64
/// bits, because the last partition overflows 32 bits. An object or partition ends at ledger 2³² − 1 at the latest.
/// </remarks>
/// <param name="LedgersPerObject">Ledgers per object, 1 or more.</param>
/// <param name="ObjectsPerPartition">Objects per folder, 1 or more; with 1 there are no folders.</param>
public readonly record struct LedgerStoreLayout(uint LedgersPerObject, uint ObjectsPerPartition)
{
    /// <summary>File extensions of objects: the registered extension of zstd, and the one used before SEP-54.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".xdr.zst", ".xdr.zstd"];

    /// <summary>The first ledger of the object that contains a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    public uint FirstOf(uint ledger) => ledger / LedgersPerObject * LedgersPerObject;

    /// <summary>The last ledger of the object that contains a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    public uint LastOf(uint ledger) => End(FirstOf(ledger), LedgersPerObject);

    /// <summary>The path of the object that contains a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="extension">One of <see cref="Extensions"/>.</param>
    /// <returns>A path relative to the folder of ledgers, with forward slashes.</returns>
    public string PathOf(uint ledger, string extension)
    {
        uint first = FirstOf(ledger);
        string last = LedgersPerObject == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{LastOf(ledger)}");
        return string.Create(CultureInfo.InvariantCulture, $"{FolderOf(ledger)}{uint.MaxValue - first:X8}--{first}{last}{extension}");
    }

    /// <summary>The first and last ledger of the folder that contains a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    internal (uint First, uint Last) PartitionOf(uint ledger)
    {
        ulong size = (ulong)LedgersPerObject * ObjectsPerPartition;
        uint first = (uint)(ledger / size * size);
        return (first, End(first, size));
    }

    private static uint End(uint first, ulong size) => (uint)Math.Min(first + size - 1, uint.MaxValue);

    private string FolderOf(uint ledger)
    {
        if (ObjectsPerPartition == 1)
            return "";
        (uint first, uint last) = PartitionOf(ledger);
        return string.Create(CultureInfo.InvariantCulture, $"{uint.MaxValue - first:X8}--{first}-{last}/");
    }
}
