using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Entries.Settings;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Keys;

/// <summary>A checked ledger key of any type, read in place.</summary>
/// <remarks>
/// Format: <c>LedgerKey</c> in Stellar-ledger-entries.x. A property throws <see cref="InvalidOperationException"/> if the key's type has no
/// such field.
/// </remarks>
public readonly ref struct LedgerKeyView
{
    private const int BodyOffset = 4;

    private LedgerKeyView(ReadOnlySpan<byte> encoded, LedgerEntryType type)
    {
        Encoded = encoded;
        Type = type;
    }

    /// <summary>The encoded key, with its type.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Type of the entry that the key names.</summary>
    public LedgerEntryType Type { get; }

    /// <summary>The key without its type, as <see cref="LedgerKeyOrder"/> compares it.</summary>
    public ReadOnlySpan<byte> Body => Encoded[BodyOffset..];

    /// <summary>Ed25519 key of the account of an ACCOUNT, TRUSTLINE, OFFER or DATA key: 32 bytes.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ReadOnlySpan<byte> AccountId
    {
        get
        {
            if (Type > LedgerEntryType.Data)
                WrongType("Account, Trustline, Offer or Data");
            return Wire.Hash(Encoded, BodyOffset + 4);
        }
    }

    /// <summary>Asset of a TRUSTLINE key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public TrustlineAssetView Asset
    {
        get
        {
            Ensure(LedgerEntryType.Trustline);
            return new TrustlineAssetView(Encoded[(BodyOffset + Wire.AccountIdBytes)..]);
        }
    }

    /// <summary>Id of an OFFER key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public long OfferId
    {
        get
        {
            Ensure(LedgerEntryType.Offer);
            return Wire.Int64(Encoded, BodyOffset + Wire.AccountIdBytes);
        }
    }

    /// <summary>Name of a DATA key: at most 64 bytes.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ReadOnlySpan<byte> DataName
    {
        get
        {
            Ensure(LedgerEntryType.Data);
            return Wire.Opaque(Encoded, BodyOffset + Wire.AccountIdBytes);
        }
    }

    /// <summary>
    /// The 32 bytes of a CLAIMABLE_BALANCE, LIQUIDITY_POOL, CONTRACT_CODE or TTL key: balance id, pool id, code hash or key hash.
    /// </summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ReadOnlySpan<byte> Hash
    {
        get
        {
            if (Type is not (LedgerEntryType.ClaimableBalance or LedgerEntryType.LiquidityPool or LedgerEntryType.ContractCode
                or LedgerEntryType.Ttl))
            {
                WrongType("ClaimableBalance, LiquidityPool, ContractCode or Ttl");
            }

            return Encoded[^Wire.HashBytes..];
        }
    }

    /// <summary>The owner of the data of a CONTRACT_DATA key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ScAddressView Contract
    {
        get
        {
            Ensure(LedgerEntryType.ContractData);
            return new ScAddressView(Body[..ScAddressView.Measure(Body)]);
        }
    }

    /// <summary>The contract's own key in a CONTRACT_DATA key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ScValView ContractKey
    {
        get
        {
            Ensure(LedgerEntryType.ContractData);
            return new ScValView(Body[ScAddressView.Measure(Body)..^4]);
        }
    }

    /// <summary>Durability in a CONTRACT_DATA key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ContractDataDurability Durability
    {
        get
        {
            Ensure(LedgerEntryType.ContractData);
            return (ContractDataDurability)Wire.Int32(Encoded, Encoded.Length - 4);
        }
    }

    /// <summary>Id of a CONFIG_SETTING key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another type.</exception>
    public ConfigSettingId ConfigSettingId
    {
        get
        {
            Ensure(LedgerEntryType.ConfigSetting);
            return (ConfigSettingId)Wire.Int32(Encoded, BodyOffset);
        }
    }

    /// <summary>Checks a complete key, and that nothing follows it.</summary>
    /// <param name="ledgerKey">The encoded key.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The key is malformed, truncated, or followed by further bytes.</exception>
    public static LedgerKeyView Parse(ReadOnlySpan<byte> ledgerKey) => new(ledgerKey, LedgerKeyLocation.OfKey(ledgerKey).Type);

    private void Ensure(LedgerEntryType wanted)
    {
        if (Type != wanted)
            WrongType(wanted.ToString());
    }

    private void WrongType(string wanted) => XdrThrow.WrongType("ledger key", Type.ToString(), wanted);
}
