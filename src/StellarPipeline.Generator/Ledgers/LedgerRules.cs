namespace StellarPipeline.Generator.Ledgers;

/// <summary>What a protocol allows, and the form of its ledgers.</summary>
internal sealed class LedgerRules(uint protocol)
{
    public uint Protocol => protocol;

    public bool HasMuxedAccounts => protocol >= 13;

    public bool HasFeeBumps => protocol >= 13;

    public bool HasSponsorships => protocol >= 14;

    public bool HasPools => protocol >= 18;

    public bool HasSoroban => protocol >= 20;

    /// <summary>Whether restored entries appear as RESTORED changes, and refunds come at the end of the ledger.</summary>
    public bool HasStateArchive => protocol >= 23;

    /// <summary>The version of LedgerCloseMeta.</summary>
    public int CloseMetaVersion => protocol < 20 ? 0 : protocol < 23 ? 1 : 2;

    /// <summary>Whether an operation type exists (stellar-core Stellar-transaction.x and the CAPs).</summary>
    public bool Allows(int operationType) => operationType switch
    {
        9 => protocol < 12,
        10 => protocol >= 2,
        11 => protocol >= 10,
        12 => protocol >= 11,
        13 => protocol >= 12,
        14 or 15 or 16 or 17 or 18 => HasSponsorships,
        19 or 20 or 21 => protocol >= 17,
        22 or 23 => HasPools,
        24 or 25 or 26 => HasSoroban,
        _ => true,
    };
}
