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

    /// <summary>The hash that the last <see cref="MoveNext"/> went to: 32 bytes.</summary>
    public readonly ReadOnlySpan<byte> Current => current;

    /// <summary>Starts from where this sequence stands.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly HashItems GetEnumerator() => this;

    /// <summary>Goes to the next hash.</summary>
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
