namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The payments of an inflation, in order: a sequence for <c>foreach</c>.</summary>
/// <remarks>Format: <c>InflationPayout</c> in Stellar-transaction.x.</remarks>
public ref struct InflationPayouts
{
    private const int PayoutBytes = Wire.AccountIdBytes + 8;

    private ReadOnlySpan<byte> rest;
    private ReadOnlySpan<byte> current;
    private int left;

    internal InflationPayouts(ReadOnlySpan<byte> bytes, int count)
    {
        rest = bytes;
        left = count;
    }

    /// <summary>Ed25519 key of the account that is paid: 32 bytes.</summary>
    public readonly ReadOnlySpan<byte> Destination => Wire.Hash(current, 4);

    /// <summary>Amount paid: stroops.</summary>
    public readonly long Amount => Wire.Int64(current, Wire.AccountIdBytes);

    /// <summary>Advances to the next payment.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveNext()
    {
        if (left == 0)
            return false;
        left--;
        current = rest[..PayoutBytes];
        rest = rest[PayoutBytes..];
        return true;
    }
}
