namespace StellarPipeline.Xdr.Values;

/// <summary>The elements of a list value: a sequence for <c>foreach</c>.</summary>
public ref struct ScValElements
{
    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal ScValElements(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>The current element.</summary>
    public readonly ScValView Current => new(current);

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly ScValElements GetEnumerator() => this;

    /// <summary>Advances to the next element.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        int length = ScValWalk.Measure(rest);
        current = rest[..length];
        rest = rest[length..];
        return true;
    }
}
