namespace StellarPipeline.Xdr.Values;

/// <summary>A key and its value in a map.</summary>
/// <remarks>Format: <c>SCMapEntry</c> in Stellar-contract.x.</remarks>
public readonly ref struct ScMapEntryView
{
    internal ScMapEntryView(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Key = new ScValView(key);
        Value = new ScValView(value);
    }

    /// <summary>The key.</summary>
    public ScValView Key { get; }

    /// <summary>The value.</summary>
    public ScValView Value { get; }
}
