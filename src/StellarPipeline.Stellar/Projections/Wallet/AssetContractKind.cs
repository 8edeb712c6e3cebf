namespace StellarPipeline.Stellar.Projections.Wallet;

/// <summary>Which kind of asset an asset contract is of.</summary>
internal enum AssetContractKind
{
    /// <summary>It is no asset contract.</summary>
    None,

    /// <summary>The native asset, of which every network has one contract at most.</summary>
    Native,

    /// <summary>An asset that somebody has issued.</summary>
    Credit,
}
