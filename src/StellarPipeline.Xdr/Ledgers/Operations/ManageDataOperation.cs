namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of MANAGE_DATA.</summary>
/// <remarks>Format: <c>ManageDataOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct ManageDataOperation
{
    internal ManageDataOperation(ReadOnlySpan<byte> body)
    {
        Name = Wire.Opaque(body, 0);
        int valueOffset = 4 + Wire.Padded(Name.Length);
        HasValue = Wire.Int32(body, valueOffset) != 0;
        Value = HasValue ? Wire.Opaque(body, valueOffset + 4) : default;
    }

    /// <summary>Name of the data entry: at most 64 bytes.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>True if the operation sets a value, false if it removes the entry.</summary>
    public bool HasValue { get; }

    /// <summary>The value: at most 64 bytes.</summary>
    public ReadOnlySpan<byte> Value { get; }
}
