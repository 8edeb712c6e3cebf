namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>The parameters of a cost setting: a sequence for <c>foreach</c>.</summary>
public ref struct CostParameters
{
    private ReadOnlySpan<byte> rest;

    internal CostParameters(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes[..(count * XdrLimits.CostParameterBytes)];
        Count = count;
    }

    /// <summary>Number of parameters, at most 1,024.</summary>
    public int Count { get; }

    /// <summary>The current parameter.</summary>
    public CostParameter Current { get; private set; }

    /// <summary>Enumerates from the current position of this sequence.</summary>
    /// <returns>A copy of this sequence.</returns>
    public readonly CostParameters GetEnumerator() => this;

    /// <summary>Advances to the next parameter.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (rest.IsEmpty)
            return false;
        Current = new CostParameter(Wire.Int64(rest, 4), Wire.Int64(rest, 12));
        rest = rest[XdrLimits.CostParameterBytes..];
        return true;
    }
}
