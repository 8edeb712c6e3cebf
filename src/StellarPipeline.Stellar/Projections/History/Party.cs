using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>An address as the history tables store it: the version byte of its strkey, and 32 bytes.</summary>
/// <remarks>
/// A longer payload is cut after 32 bytes, as upstream does (internal/indexer/types/types.go): a muxed account and a signed payload keep
/// their key, a claimable balance keeps its type and 31 bytes. A muxed contract becomes its contract.
/// </remarks>
internal readonly ref struct Party
{
    private const int BalancePayloadBytes = 33;

    private Party(StrKeyKind kind, ReadOnlySpan<byte> key)
    {
        Kind = kind;
        Key = key;
    }

    /// <summary>The version byte; 0 for no address.</summary>
    public StrKeyKind Kind { get; }

    /// <summary>32 bytes; empty for no address.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public bool IsNobody => Key.IsEmpty;

    public bool IsAccount => Kind == StrKeyKind.Account;

    public bool IsPool => Kind == StrKeyKind.LiquidityPool;

    public bool IsClaimableBalance => Kind == StrKeyKind.ClaimableBalance;

    public static Party Account(ReadOnlySpan<byte> key) => new(StrKeyKind.Account, key);

    public static Party MuxedAccount(ReadOnlySpan<byte> key) => new(StrKeyKind.MuxedAccount, key);

    public static Party Contract(ReadOnlySpan<byte> id) => new(StrKeyKind.Contract, id);

    public static Party Pool(ReadOnlySpan<byte> id) => new(StrKeyKind.LiquidityPool, id);

    /// <summary>A claimable balance. As an end of a transfer it is never stored, so its key does not matter.</summary>
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
