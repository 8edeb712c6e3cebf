using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>An address as the history tables store it: a version byte of strkey, and 32 bytes.</summary>
/// <remarks>
/// A longer payload is cut after 32 bytes, as upstream cuts it (internal/indexer/types/types.go): of a muxed account and of a signed
/// payload the key is left, of a claimable balance its type and 31 bytes. A muxed contract stands for its contract.
/// </remarks>
internal readonly ref struct Party
{
    private const int BalancePayloadBytes = 33;

    private Party(StrKeyKind kind, ReadOnlySpan<byte> key)
    {
        Kind = kind;
        Key = key;
    }

    /// <summary>The version byte; 0 for nobody.</summary>
    public StrKeyKind Kind { get; }

    /// <summary>32 bytes; empty for nobody.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public bool IsNobody => Key.IsEmpty;

    public bool IsAccount => Kind == StrKeyKind.Account;

    public bool IsPool => Kind == StrKeyKind.LiquidityPool;

    public bool IsClaimableBalance => Kind == StrKeyKind.ClaimableBalance;

    public static Party Account(ReadOnlySpan<byte> key) => new(StrKeyKind.Account, key);

    public static Party MuxedAccount(ReadOnlySpan<byte> key) => new(StrKeyKind.MuxedAccount, key);

    public static Party Contract(ReadOnlySpan<byte> id) => new(StrKeyKind.Contract, id);

    public static Party Pool(ReadOnlySpan<byte> id) => new(StrKeyKind.LiquidityPool, id);

    /// <summary>A claimable balance; such an end of a transfer is never stored, so its key does not matter.</summary>
    public static Party ClaimableBalance(ReadOnlySpan<byte> id) => new(StrKeyKind.ClaimableBalance, id);

    public static Party Of(ScAddressView address) => address.Type switch
    {
        ScAddressType.Account => Account(address.Payload),
        ScAddressType.MuxedAccount => MuxedAccount(address.Payload),
        ScAddressType.ClaimableBalance => ClaimableBalance(address.Encoded[^BalancePayloadBytes..^1]),
        ScAddressType.LiquidityPool => Pool(address.Payload),
        _ => Contract(address.Payload),
    };

    public static Party Of(SignerView signer) => new(
        signer.Type switch
        {
            SignerKeyType.Ed25519 => StrKeyKind.Account,
            SignerKeyType.PreAuthorizedTransaction => StrKeyKind.PreAuthorizedTransaction,
            SignerKeyType.HashX => StrKeyKind.HashX,
            _ => StrKeyKind.SignedPayload,
        },
        signer.Key);

    public bool Is(Party other) => Kind == other.Kind && Key.SequenceEqual(other.Key);
}
