namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>An array of 32-byte hashes: a sequence for <c>foreach</c>.</summary>
public ref struct HashItems
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;

    internal HashItems(ReadOnlySpan<byte> bytes)
    {
        Count = Wire.Int32(bytes, 0);
        rest = bytes.Slice(4, Count * Wire.HashBytes);
    }

    /// <summary>Number of hashes.</summary>
    public int Count { get; }

    /// <summary>The current hash: 32 bytes.</summary>
    public readonly ReadOnlySpan<byte> Current => current;

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly HashItems GetEnumerator() => this;

    /// <summary>Advances to the next hash.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (rest.IsEmpty)
            return false;
        current = rest[..Wire.HashBytes];
        rest = rest[Wire.HashBytes..];
        return true;
    }
}
