namespace StellarPipeline.Xdr.Ledgers;

/// <summary>An account, optionally with a multiplexing id, in a transaction.</summary>
/// <remarks>Format: <c>MuxedAccount</c> in Stellar-transaction.x; 36 or 44 bytes.</remarks>
public readonly ref struct MuxedAccountView
{
    private readonly ReadOnlySpan<byte> bytes;

    internal MuxedAccountView(ReadOnlySpan<byte> bytes) => this.bytes = bytes[..Measure(bytes)];

    /// <summary>The account's Ed25519 key: 32 bytes.</summary>
    public ReadOnlySpan<byte> Key => bytes[^Wire.HashBytes..];

    /// <summary>True if there is a multiplexing id.</summary>
    public bool IsMuxed => Wire.Int32(bytes, 0) != 0;

    internal static int Measure(ReadOnlySpan<byte> bytes) => Wire.Int32(bytes, 0) == 0 ? 36 : 44;

    internal static ReadOnlySpan<byte> KeyAt(ReadOnlySpan<byte> ledger, int offset) =>
        Wire.Hash(ledger, Wire.Int32(ledger, offset) == 0 ? offset + 4 : offset + 12);
}
