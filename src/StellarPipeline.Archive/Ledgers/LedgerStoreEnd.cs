using System.Globalization;
using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Distinguishes the end of a store from a gap: searches for any object after a missing one.</summary>
/// <remarks>
/// A folder is listed. A server is asked for single objects at doubling distances, so a store with only a few objects after a gap may look
/// as if it ended before the gap. In either case no ledger is skipped: reading stops at the first missing ledger.
/// </remarks>
internal sealed class LedgerStoreEnd(IArchiveTransport transport, LedgerStoreLayout layout, string prefix, LedgerObjectReader reader)
{
    /// <summary>Searches for an object that begins at a ledger or later.</summary>
    /// <param name="from">The first ledger of an object.</param>
    /// <param name="wanted">The last requested ledger; null for an open range.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The first ledger of the object found, not always the nearest; null if there is none.</returns>
    public async Task<uint?> FindAsync(ulong from, uint? wanted, CancellationToken cancellationToken)
    {
        if (from > uint.MaxValue)
            return null;
        if (transport is DirectoryTransport folder)
            return List(Path.Combine(folder.Location, prefix), (uint)from);
        uint[] candidates = [.. Candidates(from, wanted).Distinct().Order()];
        bool[] found = await Task.WhenAll(candidates.Select(ledger => reader.ExistsAsync(ledger, cancellationToken))).ConfigureAwait(false);
        int index = Array.IndexOf(found, true);
        return index < 0 ? null : candidates[index];
    }

    /// <summary>True if objects were copied without their folders: the folder contains objects and none of the subfolders.</summary>
    /// <param name="folder">The folder of ledgers.</param>
    public static bool IsFlat(string folder) =>
        Directory.Exists(folder)
        && !Directory.EnumerateDirectories(folder).Any(static place => FirstLedger(Path.GetFileName(place)) is not null)
        && Directory.EnumerateFiles(folder).Any(static file => FirstLedger(Path.GetFileName(file)) is not null);

    private IEnumerable<uint> Candidates(ulong from, uint? wanted)
    {
        for (ulong objects = 0; from + (objects * layout.LedgersPerObject) <= uint.MaxValue; objects = (2 * objects) + 1)
            yield return (uint)(from + (objects * layout.LedgersPerObject));
        if (wanted is { } last && layout.FirstOf(last) >= from)
            yield return layout.FirstOf(last);
    }

    private uint? List(string folder, uint from)
    {
        if (!Directory.Exists(folder))
            return null;
        uint? nearest = null;
        if (layout.ObjectsPerPartition == 1)
        {
            Look(folder);
            return nearest;
        }

        uint first = layout.PartitionOf(from).First;
        foreach (string partition in Directory.EnumerateDirectories(folder))
        {
            if (FirstLedger(Path.GetFileName(partition)) is { } start && start >= first && (nearest is null || start <= nearest))
                Look(partition);
        }

        return nearest;

        void Look(string place)
        {
            foreach (string file in Directory.EnumerateFiles(place))
            {
                if (FirstLedger(Path.GetFileName(file)) is { } start && start >= from && (nearest is null || start < nearest)
                    && IsObject(file, start))
                {
                    nearest = start;
                }
            }
        }
    }

    private bool IsObject(string file, uint first) => LedgerStoreLayout.Extensions.Any(extension =>
        string.Equals(Path.GetFileName(file), Path.GetFileName(layout.PathOf(first, extension)), StringComparison.Ordinal));

    // Such as FFFFFFFF--0-63999 and FFFFFFFD--2.xdr.zst.
    private static uint? FirstLedger(string name)
    {
        int start = name.IndexOf("--", StringComparison.Ordinal) + 2;
        if (start < 2)
            return null;
        int end = start;
        while (end < name.Length && char.IsAsciiDigit(name[end]))
            end++;
        return uint.TryParse(name.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
            ? first
            : null;
    }
}
