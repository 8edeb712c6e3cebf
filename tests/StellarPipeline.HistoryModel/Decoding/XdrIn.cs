using System.Buffers.Binary;
using System.Text;

namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>Reads XDR (RFC 4506) from one array, one value after the other.</summary>
public sealed class XdrIn(byte[] data, int at = 0)
{
    /// <summary>Where the next value starts, in bytes.</summary>
    public int At { get; private set; } = at;

    /// <summary>Whether everything is read.</summary>
    public bool AtEnd => At == data.Length;

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public bool Bool() => Int32() switch
    {
        0 => false,
        1 => true,
        var other => throw Wrong($"bool {other}"),
    };

    /// <summary>A fixed opaque with its padding.</summary>
    public byte[] Fixed(int length)
    {
        byte[] bytes = Take(length).ToArray();
        foreach (byte padding in Take(-length & 3))
            if (padding != 0) throw Wrong("padding that is not zero");
        return bytes;
    }

    public string Hash() => Convert.ToHexStringLower(Fixed(32));

    public byte[] Opaque() => Fixed(Count());

    /// <summary>A string; UTF-8 where it is, else one character per byte.</summary>
    public string Text() => Encoding.UTF8.GetString(Opaque());

    public List<T> List<T>(Func<XdrIn, T> item)
    {
        int count = Count();
        List<T> items = [];
        for (int index = 0; index < count; index++) items.Add(item(this));
        return items;
    }

    public T? Optional<T>(Func<XdrIn, T> item)
        where T : class => Bool() ? item(this) : null;

    public T? OptionalValue<T>(Func<XdrIn, T> item)
        where T : struct => Bool() ? item(this) : null;

    /// <summary>An extension point: only arm 0 exists.</summary>
    public void NoExtension()
    {
        if (Int32() is not 0 and var arm) throw Wrong($"extension {arm}");
    }

    /// <summary>The bytes from a position up to the next value.</summary>
    public byte[] Since(int start) => data[start..At];

    /// <summary>An error that tells the position.</summary>
    public FormatException Wrong(string what) => new($"{what} before byte {At} of {data.Length}");

    private int Count()
    {
        uint count = UInt32();
        return count <= data.Length - At ? (int)count : throw Wrong($"count {count}");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > data.Length - At) throw Wrong($"end of data, {length} bytes wanted,");
        At += length;
        return data.AsSpan(At - length, length);
    }
}
