using System.Buffers.Binary;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes the changes of a layer as LedgerEntryChanges.</summary>
internal static class ChangesXdr
{
    private const int Created = 0;
    private const int Updated = 1;
    private const int Removed = 2;
    private const int State = 3;
    private const int Restored = 4;

    public static byte[] None { get; } = new byte[4];

    /// <summary>Joins two lists in order.</summary>
    public static byte[] Join(byte[] first, byte[] second)
    {
        byte[] joined = [.. first, .. second.AsSpan(4)];
        int count = BinaryPrimitives.ReadInt32BigEndian(first) + BinaryPrimitives.ReadInt32BigEndian(second);
        BinaryPrimitives.WriteInt32BigEndian(joined, count);
        return joined;
    }

    /// <summary>The changes of a layer; with dice in random order, because a node writes them in the order of a hash table.</summary>
    public static byte[] Of(StateLayer layer, Dice? dice = null)
    {
        List<EntryDelta> deltas = [.. layer.Deltas];
        if (dice is not null && dice.Chance(500)) dice.Shuffle(deltas);
        using XdrWriter body = new();
        int count = 0;
        foreach (EntryDelta delta in deltas)
        {
            if (delta.Restored is { } restored)
            {
                Change(Restored, restored);
                if (delta.After is null) Remove(delta);
                else if (!ReferenceEquals(restored, delta.After)) Change(Updated, delta.After);
            }
            else if (delta.Before is null)
            {
                Change(Created, delta.After!);
            }
            else
            {
                Change(State, delta.Before);
                if (delta.After is null) Remove(delta);
                else Change(Updated, delta.After);
            }
        }

        using XdrWriter all = new();
        all.WriteInt32(count);
        all.WriteRaw(body.WrittenSpan);
        return all.ToArray();

        void Change(int kind, EntryState entry)
        {
            count++;
            body.WriteInt32(kind);
            body.WriteRaw(entry.Entry());
        }

        void Remove(EntryDelta delta)
        {
            count++;
            body.WriteInt32(Removed);
            body.WriteRaw(Convert.FromHexString(delta.Key));
        }
    }
}
