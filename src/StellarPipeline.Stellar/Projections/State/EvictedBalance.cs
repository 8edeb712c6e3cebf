using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Projections.State;

/// <summary>
/// Creates an entry from the key of evicted contract data, because the ledger contains nothing else of it: a balance of 0, as
/// wallet-backend uses for a removal.
/// </summary>
/// <remarks>Format: <c>LedgerEntry</c> with <c>ContractDataEntry</c> in Stellar-ledger-entries.x.</remarks>
internal static class EvictedBalance
{
    // lastModifiedLedgerSeq 0, type CONTRACT_DATA, ext 0; the key body follows.
    private static ReadOnlySpan<byte> Head => [0, 0, 0, 0, 0, 0, 0, (byte)LedgerEntryType.ContractData, 0, 0, 0, 0];

    // A map of three entries: amount 0 (i128), authorized false, clawback false; then ext 0.
    private static ReadOnlySpan<byte> Tail =>
    [
        0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 3,
        0, 0, 0, 15, 0, 0, 0, 6, (byte)'a', (byte)'m', (byte)'o', (byte)'u', (byte)'n', (byte)'t', 0, 0,
        0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 15, 0, 0, 0, 10, (byte)'a', (byte)'u', (byte)'t', (byte)'h', (byte)'o', (byte)'r', (byte)'i', (byte)'z', (byte)'e',
        (byte)'d', 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 15, 0, 0, 0, 8, (byte)'c', (byte)'l', (byte)'a', (byte)'w', (byte)'b', (byte)'a', (byte)'c', (byte)'k',
        0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0,
    ];

    /// <summary>Creates the entry.</summary>
    /// <param name="keyBody">The key without its type.</param>
    public static byte[] Of(ReadOnlySpan<byte> keyBody) => [.. Head, .. keyBody, .. Tail];
}
