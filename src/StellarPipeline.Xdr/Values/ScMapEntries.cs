namespace StellarPipeline.Xdr.Values;

/// <summary>The entries of a map value: a sequence for <c>foreach</c>.</summary>
public ref struct ScMapEntries
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> key;
    private ReadOnlySpan<byte> value;
    private int left;

    internal ScMapEntries(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current entry.</summary>
    public readonly ScMapEntryView Current => new(key, value);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ScMapEntries GetEnumerator() => this;

    /// <summary>Advances to the next entry.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        int keyBytes = ScValWalk.Measure(rest);
        key = rest[..keyBytes];
        int valueBytes = ScValWalk.Measure(rest[keyBytes..]);
        value = rest.Slice(keyBytes, valueBytes);
        rest = rest[(keyBytes + valueBytes)..];
        return true;
    }
}
