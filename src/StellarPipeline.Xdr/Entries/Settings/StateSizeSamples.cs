namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Recent sizes of the contract state: a sequence for <c>foreach</c>.</summary>
public ref struct StateSizeSamples
{
    private ReadOnlySpan<byte> rest;

    internal StateSizeSamples(ReadOnlySpan<byte> bytes)
    {
        rest = bytes;
        Count = bytes.Length / sizeof(ulong);
    }

    /// <summary>Number of samples.</summary>
    public int Count { get; }

    /// <summary>The current sample: bytes.</summary>
    public ulong Current { get; private set; }

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly StateSizeSamples GetEnumerator() => this;

    /// <summary>Advances to the next sample.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (rest.IsEmpty)
            return false;
        Current = Wire.UInt64(rest, 0);
        rest = rest[sizeof(ulong)..];
        return true;
    }
}
