using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Checks lists of changes of ledger entries, and records where each change is.</summary>
/// <remarks>
/// Format: <c>LedgerEntryChanges</c> in Stellar-ledger.x. An update or removal follows the state (or restoration) of the same entry. Rows
/// are computed from both images, so a pair with different keys is an error, whether or not a row uses it.
/// </remarks>
internal static class ChangeWalk
{
    private const int MinChangeBytes = 8;
    private const int MinKeyBytes = 8;
    private const int MinEntryBytes = 12;

    /// <summary>Records every change of a list.</summary>
    /// <returns>True if an entry that was created or restored has a sponsor.</returns>
    public static bool ReadChanges(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, ref PlaceRange range, string field)
    {
        bool hasSponsoredCreation = false;
        int count = reader.ReadCount(MinChangeBytes, int.MaxValue, field);
        range.First = layout.Changes.Count;
        range.Count = count;
        for (int index = 0; index < count; index++)
        {
            var kind = (LedgerChangeKind)reader.ReadDiscriminant((int)LedgerChangeKind.Restored, "LedgerEntryChange.type");
            ref ChangePlace change = ref layout.Changes.Add();
            change.Kind = kind;
            change.Offset = reader.Position;
            layout.CurrentBase = reader.Position;
            if (kind == LedgerChangeKind.Removed)
            {
                var key = LedgerKeyLocation.OfKeyStart(ledger[reader.Position..]);
                change.EntryType = key.Type;
                change.Length = key.Offset + key.Length;
            }
            else
            {
                var entry = LedgerEntryView.ParseStart(ledger[reader.Position..]);
                change.EntryType = entry.Type;
                change.Length = entry.Encoded.Length;
                hasSponsoredCreation |= kind is LedgerChangeKind.Created or LedgerChangeKind.Restored && entry.HasSponsor;
            }

            layout.CurrentBase = 0;
            if (kind is LedgerChangeKind.Updated or LedgerChangeKind.Removed)
                CheckBefore(ledger, layout, index, change, field);
            reader.Skip(change.Length, field);
        }

        return hasSponsoredCreation;
    }

    /// <summary>Skips a list of keys.</summary>
    public static void SkipKeys(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, string field)
    {
        int count = reader.ReadCount(MinKeyBytes, int.MaxValue, field);
        for (int index = 0; index < count; index++)
            SkipKey(ref reader, ledger, layout);
    }

    /// <summary>Records where the keys of evicted entries are; each must be the key of a possible entry.</summary>
    public static void ReadEvictedKeys(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        const string field = "LedgerCloseMeta.evictedKeys";
        int count = reader.ReadCount(MinKeyBytes, int.MaxValue, field);
        for (int index = 0; index < count; index++)
        {
            layout.CurrentBase = reader.Position;
            var key = LedgerKeyLocation.OfKeyStart(ledger[reader.Position..]);
            layout.CurrentBase = 0;
            ref PlaceRange place = ref layout.EvictedKeys.Add();
            place.First = reader.Position;
            place.Count = key.Offset + key.Length;
            reader.Skip(place.Count, field);
        }
    }

    /// <summary>Skips a list of entries.</summary>
    public static void SkipEntries(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, string field)
    {
        int count = reader.ReadCount(MinEntryBytes, int.MaxValue, field);
        for (int index = 0; index < count; index++)
            SkipEntry(ref reader, ledger, layout);
    }

    /// <summary>Skips one LedgerKey. In a footprint it may name an impossible entry, such as data of a muxed contract (CAP-84).</summary>
    public static void SkipKey(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        Wire.Need(ledger, reader.Position, sizeof(int), "LedgerKey.type");
        if (Wire.Int32(ledger, reader.Position) == (int)LedgerEntryType.ContractData)
        {
            reader.Skip(sizeof(int), "LedgerKey.type");
            ScValWalk.ReadAddress(ref reader);
            ScValWalk.ReadValue(ref reader, depth: 1);
            reader.ReadDiscriminant((int)ContractDataDurability.Persistent, "LedgerKey.durability");
            return;
        }

        layout.CurrentBase = reader.Position;
        var key = LedgerKeyLocation.OfKeyStart(ledger[reader.Position..]);
        layout.CurrentBase = 0;
        reader.Skip(key.Offset + key.Length, "LedgerKey.type");
    }

    private static void CheckBefore(ReadOnlySpan<byte> ledger, LedgerLayout layout, int index, in ChangePlace change, string field)
    {
        if (index > 0)
        {
            ref readonly ChangePlace before = ref layout.Changes.At(layout.Changes.Count - 2);
            if (before.Kind is LedgerChangeKind.State or LedgerChangeKind.Restored
                && before.EntryType == change.EntryType && KeyOf(ledger, before).SequenceEqual(KeyOf(ledger, change)))
            {
                return;
            }
        }

        XdrThrow.Refused(field, change.Offset,
            $"Change {index + 1} of the list is {change.Kind}, but the change before it is not the state of the same entry.");
    }

    private static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> ledger, in ChangePlace change)
    {
        ReadOnlySpan<byte> encoded = ledger.Slice(change.Offset, change.Length);
        LedgerKeyLocation key =
            change.Kind == LedgerChangeKind.Removed ? LedgerKeyLocation.OfKeyStart(encoded) : LedgerKeyLocation.OfEntry(encoded);
        return key.Body(encoded);
    }

    private static void SkipEntry(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        layout.CurrentBase = reader.Position;
        int length = LedgerEntryView.ParseStart(ledger[reader.Position..]).Encoded.Length;
        layout.CurrentBase = 0;
        reader.Skip(length, "LedgerEntry.data");
    }
}
