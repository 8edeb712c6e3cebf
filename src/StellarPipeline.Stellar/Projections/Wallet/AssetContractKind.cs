namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>The kind of asset that an asset contract belongs to.</summary>
internal enum AssetContractKind
{
    /// <summary>It is not an asset contract.</summary>
    None,

    /// <summary>The native asset; every network has at most one contract for it.</summary>
    Native,

    /// <summary>An issued asset.</summary>
    Credit,
}
