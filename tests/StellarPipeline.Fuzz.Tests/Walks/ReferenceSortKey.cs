using System.Buffers.Binary;

namespace StellarPipeline.Fuzz.Tests.Walks;

/// <summary>
/// Makes from a checked ledger key bytes that compare, unsigned and shorter first, as the keys must. Slow, and shares no code with the
/// comparator.
/// </summary>
/// <remarks>
/// The rules are those that xdrpp's types.h gives the comparison of generated types: fields in their order, unions by arm, numbers by sign,
/// opaque data and arrays by content and then the shorter first, absent before present.
/// </remarks>
internal sealed class ReferenceSortKey
{
    private readonly byte[] key;
    private readonly List<byte> result = [];
    private int position;

    private ReferenceSortKey(byte[] key) => this.key = key;

    /// <summary>Makes the sort key of a LedgerKey.</summary>
    public static byte[] Of(byte[] key)
    {
        var made = new ReferenceSortKey(key);
        made.Key();
        Assert.Equal(key.Length, made.position);
        return [.. made.result];
    }

    private void Key()
    {
        int type = Discriminant();
        switch (type)
        {
            case 1:
                Copy(36);
                Copy(Discriminant() switch { 0 => 0, 1 => 40, 2 => 48, _ => 32 });
                break;
            case 2:
                Copy(36);
                Signed(8);
                break;
            case 3:
                Copy(36);
                Opaque();
                break;
            case 6:
                Address();
                Value();
                Copy(4);
                break;
            default:
                Copy(key.Length - position);
                break;
        }
    }

    private void Value()
    {
        int type = Discriminant();
        switch (type)
        {
            case 1 or 20:
                break;
            case 0 or 3:
                Copy(4);
                break;
            case 4:
                Signed(4);
                break;
            case 2 or 5 or 7 or 8:
                Copy(8);
                break;
            case 6 or 21:
                Signed(8);
                break;
            case 9:
                Copy(16);
                break;
            case 10:
                Signed(16);
                break;
            case 11:
                Copy(32);
                break;
            case 12:
                Signed(32);
                break;
            case 13 or 14 or 15 or 22:
                Opaque();
                break;
            case 16:
                Elements(1);
                break;
            case 17:
                Elements(2);
                break;
            case 18:
                Address();
                break;
            default:
                Instance();
                break;
        }
    }

    private void Instance()
    {
        switch (Discriminant())
        {
            case 0:
                Copy(32);
                break;
            case 2:
                Address();
                Opaque();
                break;
        }

        Elements(2);
    }

    private void Address() => Copy(Discriminant() switch { 0 or 3 => 36, 2 or 5 => 40, _ => 32 });

    private void Elements(int valuesPerElement)
    {
        int flag = Word();
        result.Add((byte)flag);
        if (flag == 0)
            return;
        int count = Word();
        for (int element = 0; element < count; element++)
        {
            result.Add(1);
            for (int value = 0; value < valuesPerElement; value++)
                Value();
        }

        result.Add(0);
    }

    private void Opaque()
    {
        int length = Word();
        foreach (byte value in key.AsSpan(position, length))
        {
            result.Add(value);
            if (value == 0)
                result.Add(0xff);
        }

        result.AddRange([0, 0]);
        position += (length + 3) / 4 * 4;
    }

    private void Signed(int length)
    {
        int start = result.Count;
        Copy(length);
        result[start] ^= 0x80;
    }

    private void Copy(int length)
    {
        result.AddRange(key.AsSpan(position, length));
        position += length;
    }

    // All discriminants of a key are small and not negative.
    private int Discriminant()
    {
        int value = Word();
        result.Add((byte)value);
        return value;
    }

    private int Word()
    {
        int value = BinaryPrimitives.ReadInt32BigEndian(key.AsSpan(position));
        position += 4;
        return value;
    }
}
