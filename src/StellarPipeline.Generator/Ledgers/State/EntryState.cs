using StellarPipeline.Generator.Entries;

namespace StellarPipeline.Generator.Ledgers.State;

/// <summary>
/// One ledger entry of the simulated network. Immutable: a change is a new value in a <see cref="StateLayer"/>.
/// </summary>
internal abstract record EntryState
{
    private string? key;

    /// <summary>The account that sponsors the entry's reserve; null if the owner pays it.</summary>
    public byte[]? Sponsor { get; init; }

    /// <summary>The ledger that wrote it last.</summary>
    public uint Modified { get; init; }

    /// <summary>The LedgerKey in hex. A copy made by "with" keeps it, because fields of the key never change.</summary>
    public string Key => key ??= Convert.ToHexString(Builder().Key());

    /// <summary>The account that owns the entry and pays its reserve unless sponsored; null if there is none.</summary>
    public virtual byte[]? Owner => null;

    /// <summary>The number of base reserves that the entry needs.</summary>
    public virtual uint Reserves => 1;

    public byte[] Entry()
    {
        EntryBuilder builder = Builder();
        builder.LastModifiedLedger = Modified;
        builder.Sponsor = Sponsor;
        return builder.Entry();
    }

    protected abstract EntryBuilder Builder();
}

/// <summary>An account.</summary>
internal sealed record AccountState(byte[] Id) : EntryState
{
    public long Balance { get; init; }

    public long Sequence { get; init; }

    public uint SubEntries { get; init; }

    public uint Flags { get; init; }

    public byte[] HomeDomain { get; init; } = [];

    public byte[] Thresholds { get; init; } = [1, 0, 0, 0];

    public IReadOnlyList<AccountSigner> Signers { get; init; } = [];

    public byte[]? InflationDestination { get; init; }

    public long Buying { get; init; }

    public long Selling { get; init; }

    public uint Sponsored { get; init; }

    public uint Sponsoring { get; init; }

    /// <summary>The ledger in which the sequence number last rose; 0 before protocol 19.</summary>
    public uint SequenceLedger { get; init; }

    public ulong SequenceTime { get; init; }

    public override byte[] Owner => Id;

    public override uint Reserves => 2;

    /// <summary>The amount that can be spent: the balance without reserve and selling liabilities, stroops.</summary>
    public long Spendable(long baseReserve) => Balance - Selling - ((2L + SubEntries + Sponsoring - Sponsored) * baseReserve);

    public static string KeyOf(byte[] id) => new AccountState(id).Key;

    protected override EntryBuilder Builder() => new AccountBuilder
    {
        AccountId = Id,
        Balance = Balance,
        SequenceNumber = Sequence,
        SubEntryCount = SubEntries,
        InflationDestination = InflationDestination,
        Flags = Flags,
        HomeDomain = HomeDomain,
        Thresholds = Thresholds,
        Signers = Signers,
        Extension = SequenceLedger > 0 ? 3 : Sponsored + Sponsoring > 0 || Signers.Any(static signer => signer.Sponsor is not null) ? 2
            : Buying + Selling > 0 ? 1 : 0,
        BuyingLiabilities = Buying,
        SellingLiabilities = Selling,
        SponsoredCount = Sponsored,
        SponsoringCount = Sponsoring,
        SequenceLedger = SequenceLedger,
        SequenceTime = SequenceTime,
    };
}

/// <summary>A trustline to a credit asset or to a pool's shares.</summary>
/// <param name="Account">The holder.</param>
/// <param name="Line">An encoded TrustLineAsset.</param>
internal sealed record TrustlineState(byte[] Account, byte[] Line) : EntryState
{
    public long Balance { get; init; }

    public long Limit { get; init; }

    public uint Flags { get; init; }

    public long Buying { get; init; }

    public long Selling { get; init; }

    public int PoolUse { get; init; }

    public bool IsPoolShare => Line[3] == 3;

    public bool IsAuthorized => (Flags & 1) != 0;

    public override byte[] Owner => Account;

    public override uint Reserves => IsPoolShare ? 2u : 1;

    public static string KeyOf(byte[] account, byte[] line) => new TrustlineState(account, line).Key;

    protected override EntryBuilder Builder() => new TrustlineBuilder
    {
        AccountId = Account,
        Asset = Line,
        Balance = Balance,
        Limit = Limit,
        Flags = Flags,
        Extension = PoolUse > 0 ? 2 : Buying + Selling > 0 ? 1 : 0,
        BuyingLiabilities = Buying,
        SellingLiabilities = Selling,
        PoolUseCount = PoolUse,
    };
}

/// <summary>An offer.</summary>
internal sealed record OfferState(byte[] Seller, long Id) : EntryState
{
    public required NetworkAsset Selling { get; init; }

    public required NetworkAsset Buying { get; init; }

    public long Amount { get; init; }

    public int Numerator { get; init; } = 1;

    public int Denominator { get; init; } = 1;

    public uint Flags { get; init; }

    /// <summary>The cost of an amount at the offer's price, rounded up.</summary>
    public long Price(long amount) => (long)((((Int128)amount * Numerator) + Denominator - 1) / Denominator);

    public override byte[] Owner => Seller;

    protected override EntryBuilder Builder() => Offer();

    public OfferBuilder Offer() => new()
    {
        SellerId = Seller,
        OfferId = Id,
        Selling = Selling.Xdr,
        Buying = Buying.Xdr,
        Amount = Amount,
        PriceNumerator = Numerator,
        PriceDenominator = Denominator,
        Flags = Flags,
    };
}

/// <summary>A data entry of an account.</summary>
internal sealed record DataState(byte[] Account, byte[] Name) : EntryState
{
    public byte[] Value { get; init; } = [];

    public override byte[] Owner => Account;

    protected override EntryBuilder Builder() => new DataBuilder { AccountId = Account, Name = Name, Value = Value };
}

/// <summary>A claimable balance; it always has a sponsor.</summary>
internal sealed record BalanceState(byte[] Id) : EntryState
{
    public required NetworkAsset Asset { get; init; }

    public long Amount { get; init; }

    public IReadOnlyList<Claimant> Claimants { get; init; } = [];

    public bool Clawback { get; init; }

    public override uint Reserves => (uint)Claimants.Count;

    protected override EntryBuilder Builder() => new ClaimableBalanceBuilder
    {
        BalanceId = Id,
        Asset = Asset?.Xdr ?? [],
        Amount = Amount,
        Claimants = Claimants,
        Flags = Clawback ? 1u : null,
    };
}

/// <summary>A constant-product pool.</summary>
internal sealed record PoolState(byte[] Id, NetworkAsset AssetA, NetworkAsset AssetB) : EntryState
{
    public long ReserveA { get; init; }

    public long ReserveB { get; init; }

    public long Shares { get; init; }

    public long Trustlines { get; init; }

    protected override EntryBuilder Builder() => new LiquidityPoolBuilder
    {
        PoolId = Id,
        AssetA = AssetA.Xdr,
        AssetB = AssetB.Xdr,
        ReserveA = ReserveA,
        ReserveB = ReserveB,
        TotalShares = Shares,
        ShareTrustlineCount = Trustlines,
    };
}
