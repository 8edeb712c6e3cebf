namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>An array of variable opaque values: a sequence for <c>foreach</c>.</summary>
public ref struct OpaqueItems
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal OpaqueItems(ReadOnlySpan<byte> bytes)
    {
        Count = Wire.Int32(bytes, 0);
        left = Count;
        rest = bytes[4..];
    }

    /// <summary>Number of values.</summary>
    public int Count { get; }

    /// <summary>The current value.</summary>
    public readonly ReadOnlySpan<byte> Current => current;

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly OpaqueItems GetEnumerator() => this;

    /// <summary>Advances to the next value.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        current = Wire.Opaque(rest, 0);
        rest = rest[(4 + Wire.Padded(current.Length))..];
        return true;
    }

    /// <summary>Length in bytes of the checked array at the start of <paramref name="bytes"/>.</summary>
    internal static int Measure(ReadOnlySpan<byte> bytes)
    {
        var items = new OpaqueItems(bytes);
        while (items.MoveNext())
        {
        }

        return bytes.Length - items.rest.Length;
    }
}
